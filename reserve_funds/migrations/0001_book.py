"""The book: its schema, its law and its only writers, in hand-written SQL."""

from django.db import migrations

from reserve_funds.ledger.lawbook import create_book


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [create_book()]
