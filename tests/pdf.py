"""Reading a printed paper back."""

from io import BytesIO

from pypdf import PdfReader


def words(pdf: bytes) -> str:
    """Give the text of a file, page by page, without spaces."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)
