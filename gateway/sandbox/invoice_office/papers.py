"""The papers themselves: a PDF and an OFD of an invoice, made here from nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

_OFD = "http://www.ofdspec.org/2016"
_STAMP = (2020, 1, 1, 0, 0, 0)
_PAGE = b"""<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 420] /Contents 4 0 R
/Resources << /Font << /F1 5 0 R >> >> >>"""
_TYPE = b"""<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H
/DescendantFonts [6 0 R] >>"""
_CID = b"""<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo
<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 7 0 R >>"""
_LOOKS = b"""<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]
/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"""
_BEFORE = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    _PAGE,
)
_AFTER = (_TYPE, _CID, _LOOKS)


def lines_of(words: Mapping[str, str]) -> list[str]:
    """What the paper says, line by line."""
    red = words["amount"].startswith("-")
    return [
        f"电子发票(普通发票){'  红字' if red else ''}",
        "沙箱样张 SANDBOX SAMPLE - NOT AN INVOICE",
        f"发票号码 {words['invoice_no']}",
        f"开票日期 {words['issued_at'][:10]}",
        f"购买方 {words['buyer']}  {words['buyer_no']}",
        f"销售方 {words['seller']}  {words['seller_no']}",
        f"*预付卡销售* {words['item']}  {words['code']}",
        f"金额 ¥{words['amount']}   税率 {words['tax_rate']}   税额 ***",
        f"价税合计 ¥{words['amount']}",
        f"备注 {words['remark']}",
    ]


def pdf(lines: Sequence[str]) -> bytes:
    """One A5 page; the viewer's own Song type draws it."""
    drawn = ["BT /F1 13 Tf 20 TL 36 380 Td"]
    drawn += [f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines]
    stream = " ".join([*drawn, "ET"]).encode()
    length = b"<< /Length %d >>" % len(stream)
    objects = [*_BEFORE, length + b"\nstream\n" + stream + b"\nendstream", *_AFTER]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()


def ofd(lines: Sequence[str]) -> bytes:
    """One page of GB/T 33190 in its archive."""
    texts = "".join(_text(number, line) for number, line in enumerate(lines))
    parts = {
        "OFD.xml": _part(
            "OFD",
            ' Version="1.1" DocType="OFD"',
            "<ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID></ofd:DocInfo>"
            "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>",
        ),
        "Doc_0/Document.xml": _part(
            "Document",
            "",
            "<ofd:CommonData><ofd:MaxUnitID>99</ofd:MaxUnitID><ofd:PageArea>"
            "<ofd:PhysicalBox>0 0 210 148</ofd:PhysicalBox></ofd:PageArea>"
            "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>"
            '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>',
        ),
        "Doc_0/PublicRes.xml": _part(
            "Res",
            ' BaseLoc="Res"',
            '<ofd:Fonts><ofd:Font ID="3" FontName="宋体" FamilyName="宋体"/></ofd:Fonts>',
        ),
        "Doc_0/Pages/Page_0/Content.xml": _part(
            "Page", "", f'<ofd:Content><ofd:Layer ID="2">{texts}</ofd:Layer></ofd:Content>'
        ),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content)
    return out.getvalue()


def _part(name: str, attributes: str, content: str) -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:{name} xmlns:ofd="{_OFD}"{attributes}>'
    return f"{head}{content}</ofd:{name}>"


def _text(number: int, line: str) -> str:
    box = f"12 {12 + 9 * number} 190 8"
    return (
        f'<ofd:TextObject ID="{number + 10}" Boundary="{box}" Font="3" Size="5">'
        f'<ofd:TextCode X="0" Y="5">{_escaped(line)}</ofd:TextCode></ofd:TextObject>'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
