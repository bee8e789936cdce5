"""What a citizen would call the browser that signed in: `iPhone · 微信`, and nothing more."""

from __future__ import annotations

_DEVICES = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("Windows", "Windows"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_PROGRAMS = (
    ("MicroMessenger", "微信"), ("AlipayClient", "支付宝"), ("UnionPay", "云闪付"),
    ("Edg", "Edge"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("QQBrowser", "QQ"),
    ("HuaweiBrowser", "Huawei"), ("MiuiBrowser", "Mi"), ("Chrome", "Chrome"), ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip


def label_of(user_agent: str) -> str:
    """Device and program, as far as the browser says; empty when it says nothing we know."""
    found = [
        next((name for mark, name in table if mark in user_agent), "")
        for table in (_DEVICES, _PROGRAMS)
    ]
    return " · ".join(name for name in found if name)


def is_phone(user_agent: str) -> bool:
    """Whether who looks holds a phone: it cannot well scan its own screen."""
    return any(mark in user_agent for mark in ("Mobile", "iPhone", "Android", "HarmonyOS"))
