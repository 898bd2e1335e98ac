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

import pypdfium2
from pypdfium2 import raw

from extract.document import UnreadableFileError
from extract.formats.drawn.box_font import BoxFont


@contextmanager
def opened(data: bytes, most: int) -> Iterator[pypdfium2.PdfDocument]:
    """A PDF of at most so many pages.

    Raises UnreadableFileError for what is truncated, encrypted, damaged or longer.
    """
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


BLOCK = 1024  # characters measured at a time
MEASURES = Numbers(ctypes.c_double, 6 * BLOCK)
SIDES = Numbers(ctypes.c_float, 4)
SIDES_OF_WORD = Numbers(ctypes.c_double, 4)
MODES = Numbers(ctypes.c_int, 2)
MATRIX = Numbers(ctypes.c_float, 6)


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
