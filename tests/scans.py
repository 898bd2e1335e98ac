"""Reports as scanners, copiers and telephones give them: pages drawn as pictures, and what happens to those on the way.

`DAMAGES` are functions of a page (blue, green, red, from 0 to 255) and random numbers; each gives a page of the same
report, worse to read. `pictures` draws the pages of a PDF, `bound` makes a PDF of pictures.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from random import Random
from typing import Any

import numpy
import pypdfium2 as pdfium

cv2: Any = import_module("cv2") if find_spec("cv2") else None  # of the extra ocr

Page = Any  # an array of dots
Damage = Callable[[Page, Random], Page]

PRINT_DOTS, COPY_DOTS = 200, 150  # an inch
_PAPER = (255, 255, 255)


def pictures(data: bytes, dots: float = PRINT_DOTS) -> Iterator[Page]:
    """The pages of a PDF as pictures of so many dots an inch."""
    with pdfium.PdfDocument(data) as document:
        for page in document:
            yield numpy.ascontiguousarray(page.render(scale=dots / 72).to_numpy()[:, :, :3])


def packed(page: Page, *, quality: int = 0) -> bytes:
    """A page as a file: a PNG, or a JPEG of this quality."""
    kind, how = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality]) if quality else (".png", [])
    return bytes(cv2.imencode(kind, page, how)[1])


def bound(pages: Iterable[Page]) -> bytes:
    """A PDF of pages that are pictures, on A4 or, if they are wide, on A4 sideways."""
    pages = list(pages)
    kids = " ".join(f"{3 + 3 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
    ]
    for number, page in enumerate(pages):
        rows, columns = page.shape[:2]
        width, height = (595, 842) if rows > columns else (842, 595)
        shown = f"{width} 0 0 {height} 0 0 cm /X Do".encode()
        content = zlib.compress(page[:, :, ::-1].tobytes())
        first = 3 + 3 * number
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {first + 1} 0 R /Resources"
            f" << /XObject << /X {first + 2} 0 R >> >> >>".encode(),
            b"<< /Length %d >> stream\n%s\nendstream" % (len(shown), shown),
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 "
            b"/Filter /FlateDecode /Length %d >> stream\n%s\nendstream" % (columns, rows, len(content), content),
        ]
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    references = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(offsets) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{references}trailer << /Size {size} /Root 1 0 R >>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


def jpeg(page: Page, rng: Random, quality: int = 35) -> Page:
    """Saved small: the edges of characters fray."""
    return cv2.imdecode(numpy.frombuffer(packed(page, quality=quality), numpy.uint8), cv2.IMREAD_COLOR)


def skewed(page: Page, rng: Random) -> Page:
    """Laid on the glass at an angle of up to three degrees."""
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.choice((-1, 1)) * rng.uniform(0.5, 3), 1)
    return cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=_PAPER)


def coarse(page: Page, rng: Random) -> Page:
    """Scanned with 150 dots an inch."""
    small = COPY_DOTS / PRINT_DOTS
    return cv2.resize(page, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)


def faint(page: Page, rng: Random) -> Page:
    """Printed with the last of the toner, and grainy."""
    grain = numpy.random.default_rng(rng.randrange(1 << 30)).normal(0, 3, page.shape)
    return numpy.clip(255 - (255 - page.astype(numpy.float32)) * 0.45 + grain, 0, 255).astype(numpy.uint8)


def shadowed(page: Page, rng: Random) -> Page:
    """In uneven light, darkest at one corner."""
    height, width = page.shape[:2]
    x, y = numpy.meshgrid(numpy.linspace(0, 1, width), numpy.linspace(0, 1, height))
    light = 1 - 0.5 * (x if rng.random() < 0.5 else 1 - x) * (y if rng.random() < 0.5 else 1 - y)
    return (page * light[:, :, None]).astype(numpy.uint8)


def stamped(page: Page, rng: Random) -> Page:
    """A red seal over the figures."""
    return _stamp(page, rng, (40, 40, 210))


def copied_stamp(page: Page, rng: Random) -> Page:
    """The seal in the grey of a copy."""
    return _stamp(page, rng, (150, 150, 150))


def _stamp(page: Page, rng: Random, ink: tuple[int, int, int]) -> Page:
    height, width = page.shape[:2]
    size = round(width * 0.11)
    middle = (round(width * rng.uniform(0.5, 0.8)), round(height * rng.uniform(0.25, 0.6)))
    seal = numpy.full_like(page, 255)
    cv2.circle(seal, middle, size, ink, max(2, size // 18), cv2.LINE_AA)
    star = [
        (
            round(middle[0] + size * (0.35 if n % 2 == 0 else 0.14) * numpy.sin(numpy.pi * n / 5)),
            round(middle[1] - size * (0.35 if n % 2 == 0 else 0.14) * numpy.cos(numpy.pi * n / 5)),
        )
        for n in range(10)
    ]
    cv2.fillPoly(seal, [numpy.array(star, numpy.int32)], ink, cv2.LINE_AA)
    return numpy.minimum(page, seal)  # ink on ink is as dark as the darker


def photographed(page: Page, rng: Random) -> Page:
    """Held under a telephone: one side further away, soft, in warm light."""
    height, width = page.shape[:2]
    shift = rng.uniform(0.01, 0.025) * width
    corners = numpy.array([(0, 0), (width, 0), (width, height), (0, height)], numpy.float32)
    seen = corners + numpy.array([(shift, shift / 2), (-shift / 2, 0), (0, -shift / 2), (0, 0)], numpy.float32)
    turn = cv2.getPerspectiveTransform(corners, seen)
    found = cv2.warpPerspective(page, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=_PAPER)
    found = cv2.GaussianBlur(found, (3, 3), 0.6)
    return jpeg((found * numpy.array([0.86, 0.94, 1.0])).astype(numpy.uint8), rng, 70)


def far_copy(page: Page, rng: Random) -> Page:
    """A copy, laid askew, scanned coarsely and saved small."""
    return jpeg(coarse(skewed(page, rng), rng), rng, 60)


def stamped_photograph(page: Page, rng: Random) -> Page:
    """A page under a red seal, held under a telephone."""
    return photographed(stamped(page, rng), rng)


DAMAGES: tuple[Damage, ...] = (
    jpeg, skewed, coarse, faint, shadowed, stamped, copied_stamp, photographed, far_copy,
    stamped_photograph,
)  # fmt: skip
