"""Characters in pictures of lines: the recognition model of the extra `ocr`, run on many lines at once.

The model answers with a probability of each character at each step of a few dots (connectionist temporal
classification, Graves et al. 2006), so that each character has its place in the line.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from typing import Any, NamedTuple

import numpy

_HEIGHT = 48  # dots of a line, as the model was trained
_LEAST_WIDTH = 64
_MARGIN = 4
_BATCH = 16  # lines of about one length
_BATCH_WIDTH = 12_000  # pixels of its lines together: what the model takes grows with them
_WORD = re.compile("[\u4e00-\u9fff].*[\u4e00-\u9fff]")
# What stands for what in a cell without words.
_ALIKE = {"0": "OoDQ〇○", "1": "lI|i丨", "2": "Zz", "5": "Ss", "8": "B", "-": "−~", "—": "一–―"}
_DARK = 0.6  # of the way from ink to paper: paler is no stroke of its own
_LEAST_INK = 40  # of 255, between paper and print: fainter is noise


class Glyph(NamedTuple):
    """A character, where its middle lies in its line (from 0 to 1), and how sure the model is."""

    sign: str
    at: float
    score: float


class Recogniser:
    """The model, loaded once."""

    def __init__(self) -> None:
        runtime = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it keeps room for every length of line there was
        options.log_severity_level = 4
        model = next(entry for entry in files("rapidocr").joinpath("models").iterdir() if "_rec_" in entry.name)
        self.cv2 = import_module("cv2")
        self.session = runtime.InferenceSession(model.read_bytes(), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        # Number 0 stands for no character, the one behind the last for a space.
        self.signs = ["", *self.session.get_modelmeta().custom_metadata_map["character"].split("\n"), " "]

        number = {sign: code for code, sign in enumerate(self.signs)}
        self.alike = [
            (number[sign], [number[other] for other in others if other in number]) for sign, others in _ALIKE.items()
        ]

    def lines(self, pictures: list[Any]) -> list[list[Glyph]]:
        """The characters of each picture of a line (grey levels), from left to right.

        Figures are read twice, the second time by their dark strokes alone: nobody is sure of two different readings.
        """
        found = self._all(pictures, 1.0)
        figures = [n for n, glyphs in enumerate(found) if glyphs and not _WORD.search(_text(glyphs))]
        again = self._all([pictures[n] for n in figures], _DARK)
        for n, glyphs in zip(figures, again, strict=True):
            if _text(glyphs) != _text(found[n]):
                found[n] = [glyph._replace(score=0.0) for glyph in found[n]]
        return found

    def _all(self, pictures: list[Any], most: float) -> list[list[Glyph]]:
        """The same by one reading, in batches of lines of about one length."""
        prepared = [self._prepared(picture, most) for picture in pictures]
        found: list[list[Glyph]] = [[] for _ in pictures]
        order = sorted(range(len(prepared)), key=lambda n: int(prepared[n].shape[1]))
        while order:
            # The longest is the last, and all of a batch are as wide as it.
            size = max(1, min(_BATCH, _BATCH_WIDTH // int(prepared[order[-1]].shape[1])))
            batch, order = order[-size:], order[:-size]
            for n, glyphs in zip(batch, self._read([prepared[n] for n in batch]), strict=True):
                found[n] = glyphs
        return found

    def _prepared(self, picture: Any, most: float) -> Any:
        """A line at the height of the model, black on white however the light fell and the print faded; what is less
        dark than a part of the way from paper to ink is paper.
        """
        height, width = picture.shape
        scaled = self.cv2.resize(picture, (max(8, round(width * _HEIGHT / height)), _HEIGHT)).astype(numpy.float32)
        paper, ink = numpy.percentile(scaled, (85, 1))
        return numpy.clip((scaled - ink) / (most * max(paper - ink, _LEAST_INK)), 0, 1)

    def _read(self, lines: list[Any]) -> Iterator[list[Glyph]]:
        width = max(_LEAST_WIDTH, max(line.shape[1] for line in lines) + 2 * _MARGIN)
        sheet = numpy.ones((len(lines), 3, _HEIGHT, width), numpy.float32)
        for number, line in enumerate(lines):
            sheet[number, :, :, _MARGIN : _MARGIN + line.shape[1]] = line * 2 - 1
        answer = self.session.run(None, {self.input: sheet})[0]
        step = width / answer.shape[1]
        for line, steps in zip(lines, answer, strict=True):
            codes, scores = steps.argmax(axis=1), steps.max(axis=1)
            if not _WORD.search("".join(self.signs[code] for code in codes)):
                codes, scores = self._as_figures(steps)
            yield [
                Glyph(self.signs[code], ((middle + 0.5) * step - _MARGIN) / line.shape[1], score)
                for middle, code, score in _runs(codes.tolist(), scores.tolist())
            ]

    def _as_figures(self, steps: Any) -> tuple[Any, Any]:
        """The likeliest characters of a line that holds no words: what looks like a digit is one."""
        likely = steps.copy()
        for code, alike in self.alike:
            likely[:, code] += likely[:, alike].sum(axis=1)
            likely[:, alike] = 0
        return likely.argmax(axis=1), likely.max(axis=1)


def _text(glyphs: list[Glyph]) -> str:
    return "".join(glyph.sign for glyph in glyphs)


def _runs(best: list[int], scores: list[float]) -> Iterator[tuple[float, int, float]]:
    """(middle, code, score) of each run of steps with the same character."""
    start = 0
    for n in range(1, len(best) + 1):
        if n == len(best) or best[n] != best[start]:
            if best[start]:
                yield (start + n - 1) / 2, best[start], max(scores[start:n])
            start = n
