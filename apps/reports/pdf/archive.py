"""What makes a PDF an archival one (PDF/A-3b, ISO 19005-3): metadata, colours, the attached CSV.

Dates are those of the ledger position, so that the same figures give the same bytes.
"""

from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
from django.conf import settings
from pikepdf import Array, Dictionary, Name, String

from apps.reports.pdf.attaching import attachment_name

if TYPE_CHECKING:
    from apps.reports.paper import Paper

_PRODUCER = "Assets"
# An empty ledger has no date, and the attachment must have one.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_METADATA = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" pdfaid:part="3" pdfaid:conformance="B"
 pdf:Producer="{producer}" xmp:CreateDate="{at}" xmp:ModifyDate="{at}">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def describe(whole: pikepdf.Pdf, paper: "Paper") -> None:
    """Say of the document what it is, in which language, and of when."""
    title = str(paper.report.title)
    at = _moment(paper)
    language = settings.LANGUAGE_CODE
    whole.Root.Lang = String(language)
    whole.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    whole.docinfo["/Title"] = title
    whole.docinfo["/Producer"] = _PRODUCER
    whole.docinfo["/CreationDate"] = whole.docinfo["/ModDate"] = _pdf_date(at)
    metadata = _METADATA.format(
        producer=_PRODUCER, at=at.isoformat(), title=escape(title), language=language
    )
    # Not compressed, so that programs that know nothing of PDF find it.
    whole.Root.Metadata = pikepdf.Stream(
        whole, metadata.encode(), Type=Name.Metadata, Subtype=Name.XML
    )


def colour(whole: pikepdf.Pdf, part: pikepdf.Pdf) -> None:
    """Let colours mean in the whole what they mean in its part."""
    whole.Root.OutputIntents = whole.copy_foreign(part.make_indirect(part.Root.OutputIntents))


def attach(whole: pikepdf.Pdf, path: Path, paper: "Paper") -> None:
    """Attach the CSV as the data of which the pages are made."""
    content = pikepdf.Stream(
        whole,
        path.read_bytes(),
        Type=Name.EmbeddedFile,
        Subtype=Name("/text/csv"),
        Params=Dictionary(Size=path.stat().st_size, ModDate=_pdf_date(_moment(paper))),
    )
    name = attachment_name(paper)
    described = whole.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(name),
            UF=String(name),
            Desc=String(str(paper.report.title)),
            AFRelationship=Name.Data,
            EF=Dictionary(F=content, UF=content),
        )
    )
    whole.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String(name), described])))
    whole.Root.AF = Array([described])


def _moment(paper: "Paper") -> datetime:
    return (paper.position.posted_at or _NEVER).astimezone(UTC).replace(microsecond=0)


def _pdf_date(at: datetime) -> str:
    return f"D:{at:%Y%m%d%H%M%S}Z"
