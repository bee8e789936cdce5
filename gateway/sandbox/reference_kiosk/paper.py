"""What the kiosk prints by itself when the house does not answer, and the codes it draws."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import qrcode
from qrcode.image.svg import SvgPathImage

SHANGHAI = ZoneInfo("Asia/Shanghai")


def yuan(fen: int) -> str:
    """¥50.00."""
    return f"¥{fen // 100}.{fen % 100:02d}"


def slip(kiosk: str, card_no: str, said: list[str], now: datetime) -> list[str]:
    """A slip of the kiosk's own, in Chinese like every receipt; the card's number is masked."""
    return [
        "交通一卡通 自助充值",
        f"终端 {kiosk}",
        f"卡号 ****{card_no[-4:]}",
        *said,
        f"时间 {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
    ]


def box_slip(kiosk: str, box: str, notes: dict[int, int], now: datetime) -> list[str]:
    """What goes with a box to the people who count it: its label and the machine's own count."""
    lines = [f"{yuan(value)} x {many}" for value, many in sorted(notes.items())]
    total = sum(value * many for value, many in notes.items())
    return [
        "钱箱交接单",
        f"终端 {kiosk}",
        f"钱箱 {box}",
        *lines,
        f"合计 {yuan(total)}",
        f"时间 {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
    ]


def drawn(carried: str) -> str:
    """A code to scan, as SVG."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(carried)
    out = BytesIO()
    code.make_image(image_factory=SvgPathImage).save(out)
    return out.getvalue().decode("utf-8")
