"""Build the shipped templates: one source, two languages, two formats, so that none can drift.

The produced files are kept beside the code; run it again after a change here or in fr.po.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import access_documents  # noqa: E402  found through the path above
import breach_document  # noqa: E402
import dictionary_document  # noqa: E402
import letters  # noqa: E402
import privacy_documents  # noqa: E402
import processor_documents  # noqa: E402
import write_docx  # noqa: E402
import write_odt  # noqa: E402
from words import speak  # noqa: E402

DOCUMENTS = {
    "register": privacy_documents.register,
    "access": access_documents.access,
    "dictionary": dictionary_document.dictionary,
    "processors": processor_documents.processors,
    "breaches": breach_document.breaches,
    **{f"letter_{code}": letter for code, letter in letters.LETTERS.items()},
}
WRITERS = {"odt": write_odt.write, "docx": write_docx.write}


def built() -> Iterator[tuple[Path, bytes]]:
    """Each template's path and its bytes."""
    for code in ("fr", "en"):
        with speak(code):
            for name, document in DOCUMENTS.items():
                for format, write in WRITERS.items():
                    yield HERE / "privacy" / f"{name}.{code}.{format}", write(document())


def main() -> None:
    """Write them all."""
    for path, content in built():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
