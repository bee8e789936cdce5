"""What of enterprises' orders people must end."""

from reserve_funds.custody.cases import kinds

UNCLAIMED = kinds.register(
    "bulk_unclaimed",
    zh="企业批量充值到期未领，请办理退回单位",
    en="An employer's top-ups were not taken in time; have them returned",
    working_days=10,
)
