"""Reports as OFD files (GB/T 33190-2016): pages of `tests.pdf`, drawn with text and path objects.

Producers differ: one places whole lines by steps (`g 3 4.5`), another every character for itself; one draws strokes,
another thin bars; converters from PDF turn every object upside down. `habits` names what a writer does.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from random import Random

from tests.pdf import WIDTH, PdfLayout, print_pages
from tests.render import Layout, Sheet

MM = 25.4 / 72
SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
HABITS = ("single", "flipped", "bars", "boxes", "template", "blocks", "params", "absolute")


@dataclass(frozen=True)
class OfdLayout(PdfLayout):
    """A layout with what only OFD writers do."""

    single: bool = False  # a text object for every character
    flipped: bool = False  # a matrix that turns y around, as converters from PDF write
    bars: bool = False  # rulings as thin filled rectangles
    boxes: bool = False  # rulings as the outlines of flat boxes
    template: bool = False  # the rulings in a template page
    blocks: bool = False  # objects inside page blocks
    params: bool = False  # colours by drawing parameters
    absolute: bool = False  # paths from the root of the file


def drawn(layout: Layout, rng: Random) -> OfdLayout:
    """A layout with some of these habits."""
    fields = {name: getattr(layout, name) for name in Layout.__dataclass_fields__}
    habits = {name: rng.random() < 0.3 for name in HABITS}
    return OfdLayout(**fields, **habits, height=rng.choice((595, 3000)), again=rng.random() < 0.5)


def write_ofd(sheets: list[Sheet], layout: Layout) -> bytes:
    """The OFD file that prints these sheets. The same arguments give the same bytes."""
    own = layout if isinstance(layout, OfdLayout) else OfdLayout(**vars(layout))
    pen = Pen(own)
    fields = {name: getattr(own, name) for name in PdfLayout.__dataclass_fields__} | {"rule": pen.rule}
    pages = print_pages(sheets, PdfLayout(**fields), pen.show)
    return document([page.replace("\x00", "") for page in pages], own)


class Pen:
    """Draws text and rulings as this layout does; y points up from the foot of a page, in points."""

    def __init__(self, layout: OfdLayout = OfdLayout()) -> None:
        self.layout = layout

    def show(self, text: str, x: float, y: float, size: float = 10, more: str = "", inner: str = "") -> str:
        """Text with its base line at a point."""
        steps = [size * MM * (0.5 if glyph < "\u2e80" else 1.0) for glyph in text]
        if not self.layout.single:
            return self._text(text, x * MM, y, size, _runs(steps[:-1]), more, inner)
        found, at = "", x * MM
        for glyph, step in zip(text, steps, strict=True):
            found += self._text(glyph, at, y, size, "", more, inner) if glyph.strip() else ""
            at += step
        return found

    def _text(self, text: str, x: float, y: float, size: float, steps: str, more: str, inner: str) -> str:
        top = (self.layout.height - y - size) * MM
        matrix = f'CTM="1 0 0 -1 0 {size * MM:.4f}" ' if self.layout.flipped else ""
        base = 0.0 if self.layout.flipped else size * MM
        delta = f' DeltaX="{steps}"' if steps else ""
        colour = "" if self.layout.params else '<ofd:FillColor Value="0 0 0"/>'
        return (
            f'<ofd:TextObject ID="9" Boundary="{x:.4f} {top:.4f} {size * MM * len(text):.4f} {1.3 * size * MM:.4f}" '
            f'{matrix}{more}Font="3" Size="{size * MM:.4f}">{inner or colour}'
            f'<ofd:TextCode X="0" Y="{base:.4f}"{delta}>{escape(text)}</ofd:TextCode></ofd:TextObject>\n'
        )

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> str:
        """A line."""
        layout = self.layout
        left, top = min(x0, x1) * MM, (layout.height - max(y0, y1)) * MM
        width, height = abs(x1 - x0) * MM, abs(y1 - y0) * MM
        if layout.bars or layout.boxes:
            wide, high = max(width, 0.2), max(height, 0.2)
            path = f"M 0 0 L {wide:.4f} 0 L {wide:.4f} {high:.4f} L 0 {high:.4f} C"
            look = 'Fill="true" Stroke="false"' if layout.bars else 'LineWidth="0.1"'
            inner = '<ofd:FillColor Value="0 0 0"/>' if layout.bars else ""
            return self.path(left, top, wide, high, path, look, inner)
        if layout.flipped:
            path = f"M 0 0 L {width:.4f} {-height:.4f}"
            return self.path(left, top, width, height, path, 'CTM="1 0 0 -1 0 0" LineWidth="0.2"')
        return self.path(left, top, width, height, f"M 0 0 L {width:.4f} {height:.4f}", 'LineWidth="0.2"')

    @staticmethod
    def path(x: float, y: float, width: float, height: float, data: str, look: str, inner: str = "") -> str:
        """A path, in millimetres from the upper left corner."""
        box = f"{x:.4f} {y:.4f} {width:.4f} {height:.4f}"
        body = f"{inner}<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData>"
        return f'<ofd:PathObject ID="8" Boundary="{box}" {look}>{body}</ofd:PathObject>\n'


def _runs(steps: Sequence[float]) -> str:
    """Steps as OFD writes them: `g 3 4.5` for three that are equal."""
    words: list[str] = []
    at = 0
    while at < len(steps):
        count = next((n for n in range(1, len(steps) - at) if steps[at + n] != steps[at]), len(steps) - at)
        words.append(f"g {count} {steps[at]:.4f}" if count > 2 else " ".join([f"{steps[at]:.4f}"] * count))
        at += count
    return " ".join(words)


def document(
    pages: Sequence[str],
    layout: OfdLayout = OfdLayout(),
    *,
    resources: str = "",
    notes: str = "",
    files: dict[str, bytes] | None = None,
    layer: str = "",
    layers: str = "",
) -> bytes:
    """The bytes of an OFD file with these objects on its pages; `notes` are annotations of the first page, `layers`
    stand before those of every page.
    """
    root = "/Doc_0/" if layout.absolute else ""
    parts: dict[str, str | bytes] = {
        "OFD.xml": f'{_HEAD}<ofd:OFD {SPACE} DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
        f"<ofd:DocRoot>{'/' if layout.absolute else ''}Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/PublicRes.xml": f'{_HEAD}<ofd:Res {SPACE} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="3" FontName="宋体"/>'
        f'<ofd:Font ID="4" FontName="Wingdings"/>'
        f'</ofd:Fonts><ofd:DrawParams><ofd:DrawParam ID="5"><ofd:FillColor Value="10 10 10"/></ofd:DrawParam>'
        f'<ofd:DrawParam ID="6" Relative="5" LineWidth="0.2"/></ofd:DrawParams>{resources}</ofd:Res>',
    }
    listed, templates = "", ""
    box = f"0 0 {WIDTH * MM:.3f} {layout.height * MM:.3f}"
    for number, page in enumerate(pages):
        objects = page.splitlines()
        rules = [one for one in objects if "PathObject" in one] if layout.template else []
        objects = [one for one in objects if one not in set(rules)]
        inner = "\n".join(objects)
        if layout.blocks:
            inner = f'<ofd:PageBlock ID="7"><ofd:PageBlock ID="17">{inner}</ofd:PageBlock></ofd:PageBlock>'
        used = ""
        if rules:
            used = f'<ofd:Template TemplateID="{900 + number}" ZOrder="Background"/>'
            templates += f'<ofd:TemplatePage ID="{900 + number}" BaseLoc="Tpls/Tpl_{number}/Content.xml"/>'
            parts[f"Doc_0/Tpls/Tpl_{number}/Content.xml"] = (
                f'{_HEAD}<ofd:Page {SPACE}><ofd:Content><ofd:Layer ID="2">{"".join(rules)}</ofd:Layer></ofd:Content>'
                "</ofd:Page>"
            )
        look = ' DrawParam="6"' if layout.params else ""
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
            f"{_HEAD}<ofd:Page {SPACE}><ofd:Area><ofd:PhysicalBox>{box}</ofd:PhysicalBox></ofd:Area>{used}"
            f'<ofd:Content>{layers}<ofd:Layer ID="1"{look} {layer}>{inner}</ofd:Layer></ofd:Content></ofd:Page>'
        )
        listed += f'<ofd:Page ID="{100 + number}" BaseLoc="{root}Pages/Page_{number}/Content.xml"/>'
    annotations = ""
    if notes:
        annotations = "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>"
        parts["Doc_0/Annots/Annotations.xml"] = (
            f'{_HEAD}<ofd:Annotations {SPACE}><ofd:Page PageID="100"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc>'
            "</ofd:Page></ofd:Annotations>"
        )
        parts["Doc_0/Annots/Page_0/Annotation.xml"] = f"{_HEAD}<ofd:PageAnnot {SPACE}>{notes}</ofd:PageAnnot>"
    parts["Doc_0/Document.xml"] = (
        f"{_HEAD}<ofd:Document {SPACE}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>{box}</ofd:PhysicalBox>"
        f"</ofd:PageArea><ofd:PublicRes>{root}PublicRes.xml</ofd:PublicRes>{templates}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages>{annotations}</ofd:Document>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | (files or {})).items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
