"""PDFium by plain addresses (its public headers fpdfview.h, fpdf_edit.h, fpdf_text.h and fpdf_annot.h name the calls).

A page takes thousands of calls. Handles go in and out of them as integers, which is several times as fast as an object
around each, and numbers are written to places made once. The lock of the interpreter is kept: the process that opens
drawn pages (`extract.formats.drawn.child`) has one thread.
"""

import ctypes
import gc
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy
import pypdfium2
from pypdfium2 import raw

from extract.document import UnreadableFileError
from extract.formats.drawn.box_font import BoxFont


@contextmanager
def opened(data: bytes, most: int, *, own_fonts: bool = True) -> Iterator[pypdfium2.PdfDocument]:
    """A PDF of at most so many pages; with `own_fonts` a font it does not bring is a box for each character.

    Raises UnreadableFileError for what is truncated, encrypted, damaged or longer.
    """
    if own_fonts:
        _set_up()
    if data.rfind(b"%%EOF") < data.rfind(b"endobj"):
        raise UnreadableFileError("the PDF ends without its end mark (truncated?); expected a whole file")
    try:
        with pypdfium2.PdfDocument(data) as document:
            if len(document) > most:
                raise UnreadableFileError(f"the PDF has {len(document)} pages; expected at most {most}")
            yield document
    except pypdfium2.PdfiumError as error:
        fault = "encrypted" if "assword" in str(error) else "damaged"
        raise UnreadableFileError(f"the PDF is {fault}; expected one that opens without a password") from None


@lru_cache(maxsize=1)
def _set_up() -> None:
    BoxFont().setup()
    gc.freeze()


def loaded(load: Callable[..., int | None], *arguments: int) -> int:
    """The handle of a page, or of its text.

    Raises pypdfium2.PdfiumError.
    """
    handle = load(*arguments)
    if handle is None:
        raise pypdfium2.PdfiumError("a page cannot be loaded")
    return handle


def address(document: pypdfium2.PdfDocument) -> int:
    """The handle of a document."""
    return ctypes.cast(document.raw, ctypes.c_void_p).value or 0


class Numbers:
    """An array PDFium writes into; `places` are the addresses of its numbers."""

    def __init__(self, kind: Any, count: int) -> None:
        self.values: array[Any] = array(kind._type_, bytes(ctypes.sizeof(kind) * count))
        target = (kind * count).from_buffer(self.values)
        self.places = [ctypes.byref(target, ctypes.sizeof(kind) * number) for number in range(count)]


BLOCK = 1024  # characters, or pieces of text, measured at a time
MEASURES = Numbers(ctypes.c_double, 6 * BLOCK)
SIDES = Numbers(ctypes.c_float, 4)
SIDES_OF_WORD = Numbers(ctypes.c_double, 4)
MODES = Numbers(ctypes.c_int, 2)
MATRIX = Numbers(ctypes.c_float, 6)
COLOUR = Numbers(ctypes.c_uint, 4)
COLOURS = Numbers(ctypes.c_uint, 4 * BLOCK)
MATRICES = Numbers(ctypes.c_float, 6 * BLOCK)


def _call(function: Any, *more: Any, result: Any = ctypes.c_int) -> Callable[..., Any]:
    """A function of PDFium that takes a handle; what follows it are C ints and places, unless said otherwise."""
    at = ctypes.cast(function, ctypes.c_void_p).value
    return ctypes.PYFUNCTYPE(result, ctypes.c_void_p, *more)(at or 0)


load_page = _call(raw.FPDF_LoadPage, result=ctypes.c_void_p)
close_page = _call(raw.FPDF_ClosePage, result=None)
get_page_box = _call(raw.FPDF_GetPageBoundingBox)
count_annotations = _call(raw.FPDFPage_GetAnnotCount)
get_annotation = _call(raw.FPDFPage_GetAnnot, result=ctypes.c_void_p)
get_subtype = _call(raw.FPDFAnnot_GetSubtype)
close_annotation = _call(raw.FPDFPage_CloseAnnot, result=None)
flatten = _call(raw.FPDFPage_Flatten)
load_text = _call(raw.FPDFText_LoadPage, result=ctypes.c_void_p)
close_text = _call(raw.FPDFText_ClosePage, result=None)
count_chars = _call(raw.FPDFText_CountChars)
get_text = _call(raw.FPDFText_GetText)
get_unicode = _call(raw.FPDFText_GetUnicode)
is_unmapped = _call(raw.FPDFText_HasUnicodeMapError)
is_generated = _call(raw.FPDFText_IsGenerated)
get_angle = _call(raw.FPDFText_GetCharAngle, result=ctypes.c_float)
get_box = _call(raw.FPDFText_GetCharBox)
get_loose_box = _call(raw.FPDFText_GetLooseCharBox)
get_origin = _call(raw.FPDFText_GetCharOrigin)
count_rectangles = _call(raw.FPDFText_CountRects)
get_rectangle = _call(raw.FPDFText_GetRect)
get_text_object = _call(raw.FPDFText_GetTextObject, result=ctypes.c_void_p)
count_objects = _call(raw.FPDFPage_CountObjects)
get_object = _call(raw.FPDFPage_GetObject, result=ctypes.c_void_p)
count_inner_objects = _call(raw.FPDFFormObj_CountObjects)
get_inner_object = _call(raw.FPDFFormObj_GetObject, ctypes.c_ulong, result=ctypes.c_void_p)
get_type = _call(raw.FPDFPageObj_GetType)
get_matrix = _call(raw.FPDFPageObj_GetMatrix)
get_bounds = _call(raw.FPDFPageObj_GetBounds)
get_clip = _call(raw.FPDFPageObj_GetClipPath, result=ctypes.c_void_p)
count_clips = _call(raw.FPDFClipPath_CountPaths)
is_transparent = _call(raw.FPDFPageObj_HasTransparency)
get_draw_mode = _call(raw.FPDFPath_GetDrawMode)
count_segments = _call(raw.FPDFPath_CountSegments)
get_segment = _call(raw.FPDFPath_GetPathSegment, result=ctypes.c_void_p)
get_point = _call(raw.FPDFPathSegment_GetPoint)
get_segment_type = _call(raw.FPDFPathSegment_GetType)
closes = _call(raw.FPDFPathSegment_GetClose)
get_render_mode = _call(raw.FPDFTextObj_GetTextRenderMode)
get_fill_colour = _call(raw.FPDFPageObj_GetFillColor)
set_active = _call(raw.FPDFPageObj_SetIsActive)
count_clip_segments = _call(raw.FPDFClipPath_CountPathSegments)
get_clip_segment = _call(raw.FPDFClipPath_GetPathSegment, result=ctypes.c_void_p)
count_marks = _call(raw.FPDFPageObj_CountMarks)
get_mark = _call(raw.FPDFPageObj_GetMark, ctypes.c_ulong, result=ctypes.c_void_p)
remove_mark = _call(raw.FPDFPageObj_RemoveMark, ctypes.c_void_p)
get_flags = _call(raw.FPDFAnnot_GetFlags)
set_flags = _call(raw.FPDFAnnot_SetFlags)
get_note_box = _call(raw.FPDFAnnot_GetRect)
_get_value_type = _call(raw.FPDFAnnot_GetValueType, ctypes.c_char_p)
_get_value = _call(raw.FPDFAnnot_GetStringValue, ctypes.c_char_p, result=ctypes.c_ulong)
_get_mark_name = _call(raw.FPDFPageObjMark_GetName)
_get_mark_type = _call(raw.FPDFPageObjMark_GetParamValueType, ctypes.c_char_p)
_get_object_text = _call(raw.FPDFTextObj_GetText, ctypes.c_void_p, result=ctypes.c_ulong)
_has_key = _call(raw.FPDFAnnot_HasKey, ctypes.c_char_p)
_render_page = _call(raw.FPDF_RenderPageBitmap, ctypes.c_void_p, *[ctypes.c_int] * 6, result=None)


# -- texts and pictures ------------------------------------------------------------------------------------------------

_LENGTH = Numbers(ctypes.c_ulong, 1)


def buffer_of(size: int) -> tuple[bytearray, Any]:
    """So many bytes, and where they are. An array of ctypes would take a type of its own for every size."""
    buffer = bytearray(size)
    return buffer, ctypes.byref(ctypes.c_char.from_buffer(buffer))


def _string(ask: Callable[[Any, int], int]) -> str:
    """A text PDFium writes into as many bytes as it is given and says it needs."""
    size = 512
    while True:
        buffer, place = buffer_of(size)
        need = ask(place, size)
        if need <= size:
            return buffer[:need].decode("utf-16-le", "replace").rstrip("\0")
        size = need


def mark_name(mark: int) -> str:
    """What kind of marked content a mark begins (ISO 32000-1, 14.6)."""
    return _string(lambda buffer, size: _get_mark_name(mark, buffer, size, _LENGTH.places[0]) and _LENGTH.values[0])


def has_actual_text(mark: int) -> bool:
    """Whether a mark replaces the text of what it marks (ISO 32000-1, 14.9.4)."""
    return bool(_get_mark_type(mark, b"ActualText") == raw.FPDF_OBJECT_STRING)


def object_text(item: int, text: int) -> str:
    """What the text of a page says of one piece of it."""
    return _string(lambda buffer, size: 2 * _get_object_text(item, text, buffer, size // 2))


def has_key(annotation: int, key: bytes) -> bool:
    """Whether the dictionary of an annotation has an entry."""
    return bool(_has_key(annotation, key))


def has_text(annotation: int, key: bytes) -> bool:
    """Whether an entry of an annotation says something; what is no string does."""
    kind = _get_value_type(annotation, key)
    if kind == raw.FPDF_OBJECT_STRING:
        return bool(_string(lambda buffer, size: _get_value(annotation, key, buffer, size)))
    return bool(kind != raw.FPDF_OBJECT_UNKNOWN)


class Canvas:
    """A page as PDFium draws it, so many dots a point, or as many as keep it within bounds."""

    def __init__(self, page: int, dots: float) -> None:
        width, height = _get_width(page), _get_height(page)
        self.page = page
        self.dots = min(dots, (_MOST_DOTS / max(1.0, width * height)) ** 0.5)
        self.width, self.height = round(width * self.dots) or 1, round(height * self.dots) or 1

    def dot(self, x: float, y: float) -> tuple[int, int]:
        """The dot at a point of the page."""
        _page_to_device(self.page, 0, 0, self.width, self.height, 0, x, y, *MODES.places)
        return MODES.values[0], MODES.values[1]

    def draw(self, area: tuple[int, int, int, int]) -> Any:
        """Blue, green, red and a spare byte of each dot of an area (left, top, right, bottom), on white paper."""
        left, top, right, bottom = area
        width, height = max(1, right - left), max(1, bottom - top)
        picture = numpy.full((height, width, 4), 255, numpy.uint8)
        bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGRx, picture.ctypes.data, 4 * width)
        handle = ctypes.cast(bitmap, ctypes.c_void_p).value
        _render_page(handle, self.page, -left, -top, self.width, self.height, 0, 0)
        raw.FPDFBitmap_Destroy(bitmap)
        return picture


_MOST_DOTS = 16_000_000
_get_width = _call(raw.FPDF_GetPageWidthF, result=ctypes.c_float)
_get_height = _call(raw.FPDF_GetPageHeightF, result=ctypes.c_float)
_page_to_device = _call(raw.FPDF_PageToDevice, *[ctypes.c_int] * 5, ctypes.c_double, ctypes.c_double)
