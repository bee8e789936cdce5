"""The officers of the province in a box: enough of them that every act finds its second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts import factors, officers, people, roles, secrets
from accounts.errors import SandboxOnly
from accounts.models import Officer, Person

PASSWORD = "province in a box"  # noqa: S105 - told on the page, and good for nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One officer: how they sign in, what they are called, and one role for one pool (or all)."""

    login_name: str
    name: str
    phone: str
    role: str
    pool: int | None


_PEOPLE = (
    ("chen.jing", "陈静", "13900000001", roles.FINANCE_OFFICER, 1),
    ("liu.yang", "刘洋", "13900000002", roles.FINANCE_OFFICER, 1),
    ("wang.lei", "王磊", "13900000003", roles.FINANCE_OFFICER, 3),
    ("zhao.min", "赵敏", "13900000004", roles.FINANCE_OFFICER, None),
    ("lin.qing", "林青", "13900000014", roles.FINANCE_OFFICER, None),
    ("sun.yue", "孙悦", "13900000005", roles.SECURITY_OFFICER, None),
    ("gao.fei", "高飞", "13900000012", roles.SECURITY_OFFICER, None),
    ("zhou.tao", "周涛", "13900000006", roles.KEY_CUSTODIAN, None),
    ("wu.gang", "吴刚", "13900000007", roles.KEY_CUSTODIAN, None),
    ("zheng.jie", "郑洁", "13900000008", roles.AUDITOR, None),
    ("qian.hong", "钱宏", "13900000009", roles.ADMINISTRATOR, None),
    ("feng.yuan", "冯远", "13900000010", roles.REGULATOR, None),
    ("he.miao", "何苗", "13900000011", roles.CLERK, 1),
)
SEATS = tuple(
    Place(login_name=login_name, name=name, phone=phone, role=role, pool=pool)
    for login_name, name, phone, role, pool in _PEOPLE
)


def fill(now: datetime) -> int:
    """Seat everybody who has no seat yet; how many there are. SandboxOnly elsewhere."""
    if not secrets.in_sandbox():
        raise SandboxOnly
    for place in SEATS:
        person = people.enrol(place.phone, now)
        if not people.has_role(person, place.role, place.pool, now):
            people.grant(person, place.role, pool=place.pool, granted_by=None, now=now)
        if not Officer.objects.filter(person=person, state="active").exists():
            _seat(person, place, now)
    return len(SEATS)


def _seat(person: Person, place: Place, now: datetime) -> None:
    link = officers.invite(person, login_name=place.login_name, name=place.name, now=now)
    secret = officers.factor_of(officers.invited(link, now))
    officers.enrol(link, password=PASSWORD, code=factors.code_at(secret, now), now=now)
