"""The 18 cities and 10 counties with their pools, and the issuer prefixes that are known.

Pool numbers are stable for ever: 1 to 18 are the cities in the order of their GB/T 13497 codes,
19 to 28 the counties in the order of the provincial list. Codes from the T-Union card lists
(facts page, table Identifiers, confidence B); no county code is known, so there is none.
"""

from django.db import migrations

CITIES = [
    ("zhengzhou", "郑州市", "Zhengzhou", "4910"),
    ("kaifeng", "开封市", "Kaifeng", "4920"),
    ("luoyang", "洛阳市", "Luoyang", "4930"),
    ("pingdingshan", "平顶山市", "Pingdingshan", "4950"),
    ("anyang", "安阳市", "Anyang", "4960"),
    ("hebi", "鹤壁市", "Hebi", "4970"),
    ("xinxiang", "新乡市", "Xinxiang", "4980"),
    ("jiaozuo", "焦作市", "Jiaozuo", "5010"),
    ("jiyuan", "济源市", "Jiyuan", "5017"),
    ("puyang", "濮阳市", "Puyang", "5020"),
    ("xuchang", "许昌市", "Xuchang", "5030"),
    ("luohe", "漯河市", "Luohe", "5040"),
    ("sanmenxia", "三门峡市", "Sanmenxia", "5050"),
    ("shangqiu", "商丘市", "Shangqiu", "5060"),
    ("zhoukou", "周口市", "Zhoukou", "5080"),
    ("zhumadian", "驻马店市", "Zhumadian", "5110"),
    ("nanyang", "南阳市", "Nanyang", "5130"),
    ("xinyang", "信阳市", "Xinyang", "5150"),
]
COUNTIES = [
    ("gongyi", "巩义市", "Gongyi"),
    ("lankao", "兰考县", "Lankao"),
    ("ruzhou", "汝州市", "Ruzhou"),
    ("huaxian", "滑县", "Huaxian"),
    ("changyuan", "长垣市", "Changyuan"),
    ("dengzhou", "邓州市", "Dengzhou"),
    ("yongcheng", "永城市", "Yongcheng"),
    ("gushi", "固始县", "Gushi"),
    ("luyi", "鹿邑县", "Luyi"),
    ("xincai", "新蔡县", "Xincai"),
]
SOURCE = "T-Union IIN table S1, one public source (confidence B)"
PREFIXES = [
    ("31050702", "郑州绿城通", "zhengzhou"),
    ("31050710", "开封", "kaifeng"),
    ("31050715", "洛阳牡丹", "luoyang"),
    ("310507030370", "兰考", "lankao"),
    ("310507220100", "滑县", "huaxian"),
    ("310507250101", "邓州", "dengzhou"),
]


def found(apps, schema_editor):
    alias = schema_editor.connection.alias
    operators = apps.get_model("accounts", "Operator").objects.using(alias)
    for pool, (code, zh, en, city_code) in enumerate(CITIES, start=1):
        operators.create(
            code=code, name_zh=zh, name_en=en, level="city", city_code=city_code, pool=pool
        )
    for pool, (code, zh, en) in enumerate(COUNTIES, start=19):
        operators.create(code=code, name_zh=zh, name_en=en, level="county", pool=pool)
    prefixes = apps.get_model("accounts", "IssuerPrefix").objects.using(alias)
    for prefix, issuer_name, operator in PREFIXES:
        prefixes.create(prefix=prefix, issuer_name=issuer_name, operator_id=operator, source=SOURCE)


def dissolved(apps, schema_editor):
    alias = schema_editor.connection.alias
    codes = [row[0] for row in [*CITIES, *COUNTIES]]
    prefixes = apps.get_model("accounts", "IssuerPrefix").objects.using(alias)
    prefixes.filter(prefix__in=[row[0] for row in PREFIXES]).delete()
    apps.get_model("accounts", "Operator").objects.using(alias).filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_separated_roles")]

    operations = [migrations.RunPython(found, dissolved)]
