"""Reading a printed paper back."""

from io import BytesIO

from pypdf import PdfReader


def pages(pdf: bytes) -> list[str]:
    """Give the text of each page of a file, without spaces."""
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def words(pdf: bytes) -> str:
    """Give the text of a whole file, without spaces."""
    return "".join(pages(pdf))
