"""An outflow is asked by one, approved by another, permitted by the profile, and nothing else."""

from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import approvals, people
from accounts.errors import (
    ApprovalDecided,
    ApprovalExpired,
    MakerIsChecker,
    NotAllowed,
)
from accounts.models import Duty
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import paying, profiles, requests, standing
from reserve_funds.custody.bank.errors import (
    OutflowAboveLimit,
    OutflowMalformed,
    OutflowNotPermitted,
    OutflowOver,
    OutflowRouteWrong,
    PayeeNotOurs,
    StandingWordMalformed,
    SweepTooLarge,
)
from reserve_funds.custody.bank.models import Instruction, OutflowRequest
from reserve_funds.custody.bank.payees import Payee, of_account
from reserve_funds.custody.rules import book as rule_book
from reserve_funds.errors import ApprovalNotUsable, NotInHandbook, Overdrawn
from reserve_funds.handbook import EVENTS, Purpose
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Ref
from tests.reserve_funds.conftest import NOW
from tests.reserve_funds.custody.bank.officers import PAYEE, Desk, an_officer, moment

PURPOSES = tuple(Purpose)


@pytest.fixture
def desk(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Desk()


def untouched(desk, request):
    """Nothing of a request has moved: no transfer into transit, nothing that could be sent."""
    for instruction in Instruction.objects.filter(request=request):
        assert instruction.state in ("asked", "dropped")
        assert queries.balance_fen(desk.pool, instruction.in_transit) == 0
    assert check_figures(desk.pool).findings == []


@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_two_people_want_is_in_transit_with_its_number_fixed_before(desk, purpose):
    request = desk.ask(purpose)
    number = request.instructions.get().number
    untouched(desk, request)
    made = requests.approve(request.id, checker=desk.checker, now=moment())
    if purpose is Purpose.PRINCIPAL_SAFE_PLACEMENT:
        assert made == []
        made = requests.approve(request.id, checker=desk.third, now=moment())
    (instruction,) = made
    assert (instruction.state, instruction.number) == ("ready", number)
    assert queries.balance_fen(desk.pool, instruction.in_transit) == 100_00
    assert Duty.objects.filter(kind="bank_instruction", subject_id=instruction.id).exists()
    assert check_figures(desk.pool).findings == []
    again = requests.approve(
        request.id, checker=people.get(approvals.get(request.id).checker_id), now=moment()
    )
    assert [one.id for one in again] == [instruction.id]
    assert queries.balance_fen(desk.pool, instruction.in_transit) == 100_00


def by_python(desk, request):
    requests.approve(request.id, checker=desk.maker, now=moment())


def by_python_after_a_second_grant(desk, request):
    people.grant(desk.maker, "finance_officer", pool=None, granted_by=None, now=moment())
    requests.approve(request.id, checker=desk.maker, now=moment())


def by_refusal_of_ones_own(desk, request):
    requests.refuse(request.id, checker=desk.maker, because="no", now=moment())


def by_approvals(desk, request):
    approvals.approve(request.id, checker=desk.maker, now=moment())


def by_sql_function(desk, request):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.accounts_decide_approval(%s, %s, 'approved', %s)",
            [request.id, desk.maker.pk, moment()],
        )
        said = cursor.fetchone()[0]
    if said == "maker_is_checker":
        raise MakerIsChecker
    raise AssertionError(said)


def by_sql_row(desk, request):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_approval SET state = 'approved', checker_id = maker_id,"
            " decided_at = now() WHERE id = %s",
            [request.id],
        )


def by_sql_request(desk, request):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE custody_bank_outflowrequest SET state = 'approved' WHERE id = %s", [request.id]
        )


def by_sql_instruction(desk, request):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE custody_bank_instruction SET state = 'ready' WHERE request_id = %s",
            [request.id],
        )


def by_sql_other_maker(desk, request):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE custody_bank_outflowrequest SET maker_id = %s WHERE id = %s",
            [desk.checker.pk, request.id],
        )


def by_sql_other_payee(desk, request):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE custody_bank_instruction SET payee_no = '6222000000000000000'"
            " WHERE request_id = %s",
            [request.id],
        )


def by_posting_alone(desk, request):
    """The book itself, with the request's own approval that nobody has given."""
    made = list(request.instructions.all())
    book.post(paying.sent(made, approval_id=request.id, event_at=moment()))


ENTRIES = [
    by_python,
    by_python_after_a_second_grant,
    by_refusal_of_ones_own,
    by_approvals,
    by_sql_function,
    by_sql_row,
    by_sql_request,
    by_sql_instruction,
    by_sql_other_maker,
    by_sql_other_payee,
    by_posting_alone,
]


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)
def test_nobody_approves_what_they_asked_by_any_entry(desk, purpose, entry):
    request = desk.ask(purpose)
    with pytest.raises((MakerIsChecker, ApprovalNotUsable, DatabaseError)):
        entry(desk, request)
    untouched(desk, request)
    assert OutflowRequest.objects.get(pk=request.pk).state == "asked"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_word_given_once_is_not_replayed_for_another_request(desk, purpose):
    done = desk.approved(purpose)
    other = desk.ask(purpose)
    made = list(other.instructions.all())
    with pytest.raises(ApprovalNotUsable), transaction.atomic():
        book.post(paying.sent(made, approval_id=done.request_id, event_at=moment()))
    untouched(desk, other)


def test_above_the_limit_two_checkers_who_are_not_the_maker(desk):
    request = desk.ask(Purpose.REFUND_TO_PAYER, 5_000_001)
    assert requests.approve(request.id, checker=desk.checker, now=moment()) == []
    assert requests.approve(request.id, checker=desk.checker, now=moment()) == []
    with pytest.raises(MakerIsChecker):
        requests.approve(request.id, checker=desk.maker, now=moment())
    untouched(desk, request)
    (instruction,) = requests.approve(request.id, checker=desk.third, now=moment())
    assert queries.balance_fen(desk.pool, instruction.in_transit) == 5_000_001


def test_the_database_counts_the_checkers_too(desk):
    """The same person by the back door: second word, then the first, then the row by hand."""
    request = desk.ask(Purpose.REFUND_TO_PAYER, 5_000_001)
    for approval_id in (request.second_id, request.id):
        approvals.approve(approval_id, checker=desk.checker, now=moment())
    made = list(request.instructions.all())

    def by_hand():
        with transaction.atomic():
            book.post(paying.sent(made, approval_id=request.id, event_at=moment()))
            OutflowRequest.objects.filter(pk=request.pk).update(state="approved")

    with pytest.raises(DatabaseError, match="two_different_checkers"):
        by_hand()
    untouched(desk, request)


def by_hand(desk, request, **other):
    """A request as a row, with an approval asked for it, in the words of another one."""
    with transaction.atomic():
        approval = approvals.ask(
            maker=desk.maker,
            purpose="custody.outflow",
            pool=desk.pool,
            content={},
            fingerprint=bytes(32),
            now=moment(),
            expires_at=moment() + timedelta(days=1),
            checker_role="finance_officer",
        )
        words = {
            "purpose": request.purpose,
            "code": request.code,
            "amount_fen": 1,
            "maker": desk.maker,
        }
        OutflowRequest.objects.create(
            id=approval.id,
            pool=desk.pool,
            account=desk.account,
            route="",
            because="by hand",
            asked_at=NOW,
            expires_at=approval.expires_at,
            **(words | other),
        )


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"amount_fen": 5_000_001}, "within_its_limit"),
        ({"purpose": "LENDING"}, "purpose_is_permitted"),
        ({"purpose": "OWN_INCOME_SWEEP"}, "purpose_is_permitted"),
        ({"code": "bank_paid_out"}, "purpose_is_permitted"),
        ({"state": "approved"}, "may not move|rests_on_its_approval"),
    ],
)
def test_sql_refuses_what_python_refuses(desk, other, refusal):
    request = desk.ask(Purpose.REDEMPTION)
    before = OutflowRequest.objects.filter(pool=desk.pool).count()
    with pytest.raises(DatabaseError, match=refusal):
        by_hand(desk, request, **other)
    assert OutflowRequest.objects.filter(pool=desk.pool).count() == before


def test_limits_are_two_peoples_word_and_count_from_then_on(desk):
    request = desk.ask(Purpose.REDEMPTION, 100_00)
    word = standing.ask_limit(
        pool=desk.pool,
        purpose=Purpose.REDEMPTION,
        one_checker_most_fen=99_99,
        maker=desk.maker,
        now=moment(),
    )
    with pytest.raises(MakerIsChecker):
        standing.approve(word.id, checker=desk.maker, now=moment())
    standing.approve(word.id, checker=desk.checker, now=moment())
    assert requests.one_checker_most_fen(desk.pool, Purpose.REDEMPTION) == 99_99
    with pytest.raises(OutflowAboveLimit):
        requests.approve(request.id, checker=desk.checker, now=moment())
    untouched(desk, request)
    assert desk.ask(Purpose.REDEMPTION, 100_00).second_id is not None
    with pytest.raises(StandingWordMalformed):
        standing.ask_limit(
            pool=desk.pool, purpose=Purpose.REDEMPTION, one_checker_most_fen=-1, maker=desk.maker,
            now=moment(),
        )  # fmt: skip


def test_a_limit_by_hand_is_refused(desk, service_connection):
    with pytest.raises(psycopg.Error, match="standing_word_has_its_approval"):
        service_connection.execute(
            "INSERT INTO custody_bank_outflowlimit (id, pool, purpose, one_checker_most_fen, since)"
            " VALUES (gen_random_uuid(), %s, 'REDEMPTION', 999999999, now())",
            [desk.pool],
        )


PERMITTED = {
    (event.purpose, debit)
    for event in EVENTS
    if "bank_out_in_transit" in event.credits
    for debit in event.debits
}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_source_that_no_rule_of_the_purpose_debits_is_refused(desk, purpose):
    for kind in ("suspense", "interest_unallocated", "card_purse", "own_income_in_reserve"):
        if (purpose, kind) not in PERMITTED:
            with pytest.raises((OutflowNotPermitted, PayeeNotOurs)):
                desk.ask(purpose, source=Ref(kind=kind, owner="x"), payee=PAYEE)
    assert not OutflowRequest.objects.filter(pool=desk.pool).exists()


def test_a_purpose_the_profile_lost_is_refused_at_approving_and_by_sql(desk, monkeypatch):
    request = desk.ask(Purpose.REPAYMENT)
    lost = profiles.of_open_day(desk.pool)
    less = type(lost)(
        name=lost.name,
        zh=lost.zh,
        en=lost.en,
        grounds=lost.grounds,
        purposes=lost.purposes - {Purpose.REPAYMENT},
        rules=lost.rules,
    )
    monkeypatch.setattr(profiles, "of_open_day", lambda pool: less)
    with pytest.raises(OutflowNotPermitted):
        requests.approve(request.id, checker=desk.checker, now=moment())
    with pytest.raises(OutflowNotPermitted):
        desk.ask(Purpose.REPAYMENT)
    untouched(desk, request)


def test_a_sweep_leaves_what_own_money_owes(desk):
    source = desk.deposit("own_income_in_reserve", 100_00)
    book.post(
        postings.fee_withheld(
            desk.pool, request_id(), channel="wechat", settlement_day=NOW.date(),
            amount_fen=30_00, event_at=NOW,
        )
    )  # fmt: skip
    payee = of_account(desk.income)
    with pytest.raises(SweepTooLarge) as said:
        desk.ask(Purpose.OWN_INCOME_SWEEP, 70_01, source=source, payee=payee)
    assert said.value.facts["most_fen"] == 70_00
    request = desk.ask(Purpose.OWN_INCOME_SWEEP, 70_00, source=source, payee=payee)
    book.post(
        postings.loss_covered(
            desk.pool, request_id(), reason=CoverReason.BANK_CHARGE,
            from_account=desk.account.ref, amount_fen=1, event_at=NOW,
        )
    )  # fmt: skip
    with pytest.raises(SweepTooLarge):
        requests.approve(request.id, checker=desk.checker, now=moment())
    untouched(desk, request)


def test_a_sweep_by_hand_leaves_what_own_money_owes_too(desk, monkeypatch):
    """R6 in the database: everything done as the service does it, but for its own look."""
    source = desk.deposit("own_income_in_reserve", 100_00)
    payee = of_account(desk.income)
    request = desk.ask(Purpose.OWN_INCOME_SWEEP, 70_01, source=source, payee=payee)
    book.post(
        postings.fee_withheld(
            desk.pool, request_id(), channel="wechat", settlement_day=NOW.date(),
            amount_fen=30_00, event_at=NOW,
        )
    )  # fmt: skip
    monkeypatch.setattr("reserve_funds.custody.bank.sweeps.check", lambda *_: None)
    monkeypatch.setattr("reserve_funds.custody.bank.drafts._checks", {})
    with pytest.raises(DatabaseError, match="custody_bank_sweep_leaves_what_is_owed"):
        requests.approve(request.id, checker=desk.checker, now=moment())
    untouched(desk, request)
    fits = desk.ask(Purpose.OWN_INCOME_SWEEP, 70_00, source=source, payee=payee)
    assert requests.approve(fits.id, checker=desk.checker, now=moment())


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("dropped", [False, True])
def test_a_word_that_two_have_given_moves_no_money_without_its_request(desk, purpose, dropped):
    """By hand, with the genuine word of two officers: the book alone takes nothing for it."""
    request = desk.ask(purpose, 100_00)
    second = desk.third if request.second_id else None
    if second:
        approvals.approve(request.second_id, checker=second, now=moment())
    approvals.approve(request.id, checker=desk.checker, now=moment())
    with (  # noqa: PT012 (the refusal comes at the end of the transaction)
        pytest.raises(DatabaseError, match="custody_bank_approval_is_spent_for_its_request"),
        transaction.atomic(),
    ):
        made = list(request.instructions.all())
        book.post(paying.sent(made, approval_id=request.id, event_at=moment()))
        if dropped:
            OutflowRequest.objects.filter(pk=request.pk).update(state="approved")
            Instruction.objects.filter(request=request).update(state="dropped")
    untouched(desk, request)


def request_id():
    from accounts.identifiers import new_id

    return new_id(moment())


@pytest.mark.parametrize("purpose", [Purpose.OWN_INCOME_SWEEP, Purpose.CUSTODY_TRANSFER])
def test_own_money_goes_to_own_accounts_of_the_fitting_use_and_name(desk, purpose):
    source, payee = desk.wish(purpose)
    stranger = Desk()
    wrong = [
        PAYEE,
        of_account(desk.account),
        of_account(desk.other if purpose is Purpose.OWN_INCOME_SWEEP else desk.income),
        of_account(stranger.other),
        Payee(account_no=payee.account_no, name="别人"),
    ]
    for one in wrong:
        with pytest.raises(PayeeNotOurs):
            desk.ask(purpose, source=source, payee=one)
    assert desk.ask(purpose, source=source, payee=payee).state == "asked"


def test_a_registered_check_may_veto_when_asked_and_when_approved(desk, monkeypatch):
    monkeypatch.setattr("reserve_funds.custody.bank.drafts._checks", {})
    request = desk.ask(Purpose.REDEMPTION)

    @requests.before_asking
    def _no_more(draft):
        if draft.pool == desk.pool:
            raise NotAllowed(purpose=str(draft.purpose))

    with pytest.raises(NotAllowed):
        requests.approve(request.id, checker=desk.checker, now=moment())
    with pytest.raises(NotAllowed):
        desk.ask(Purpose.REDEMPTION)
    untouched(desk, request)


def test_refused_withdrawn_and_expired_requests_are_over(desk):
    refused, taken_back, late = (desk.ask(Purpose.REDEMPTION) for _ in range(3))
    requests.refuse(refused.id, checker=desk.checker, because="not now", now=moment())
    with pytest.raises(NotAllowed):
        requests.withdraw(taken_back.id, maker=desk.checker, because="x", now=moment())
    requests.withdraw(taken_back.id, maker=desk.maker, because="a mistake", now=moment())
    after = moment() + requests.TIME_TO_DECIDE
    with pytest.raises(ApprovalExpired):
        requests.approve(late.id, checker=desk.checker, now=after)
    requests.expire(after)
    states = ["refused", "withdrawn", "expired"]
    for request, state in zip((refused, taken_back, late), states, strict=True):
        assert OutflowRequest.objects.get(pk=request.pk).state == state
        with pytest.raises(OutflowOver):
            requests.approve(request.id, checker=desk.checker, now=moment())
        untouched(desk, request)


def test_only_officers_of_the_pool_ask_and_approve(desk):
    stranger = an_officer(desk.pool + 1)
    with pytest.raises(NotAllowed):
        desk.ask(Purpose.REDEMPTION, maker=stranger)
    request = desk.ask(Purpose.REDEMPTION)
    with pytest.raises(NotAllowed):
        requests.approve(request.id, checker=stranger, now=moment())
    untouched(desk, request)


def test_one_checker_wins_of_two(desk):
    request = desk.ask(Purpose.REDEMPTION)
    requests.approve(request.id, checker=desk.checker, now=moment())
    with pytest.raises((OutflowOver, ApprovalDecided)):
        requests.approve(request.id, checker=desk.third, now=moment())


def test_what_the_source_does_not_hold_is_not_paid(desk):
    source = desk.deposit("redemption_payable", 50_00)
    request = desk.ask(Purpose.REDEMPTION, 50_01, source=source, payee=PAYEE)
    with pytest.raises(Overdrawn):
        requests.approve(request.id, checker=desk.checker, now=moment())
    untouched(desk, request)
    assert approvals.get(request.id).state == "asked"


def test_a_batch_is_approved_as_a_whole_or_not(desk):
    lines = [
        requests.Line(source=desk.deposit("refunds_in_flight", fen), payee=PAYEE, amount_fen=fen)
        for fen in (10_00, 20_00, 30_00)
    ]
    request = requests.ask_all(
        pool=desk.pool, purpose=Purpose.REFUND_TO_PAYER, lines=lines, account=desk.account,
        because="refunds of the day", maker=desk.maker, now=moment(),
    )  # fmt: skip
    made = requests.approve(request.id, checker=desk.checker, now=moment())
    assert [one.amount_fen for one in made] == [10_00, 20_00, 30_00]
    assert len({one.number for one in made}) == 3
    assert all(queries.balance_fen(desk.pool, line.source) == 0 for line in lines)


def test_an_instruction_smuggled_into_a_request_spoils_it(desk):
    request = desk.ask(Purpose.REDEMPTION)
    one = request.instructions.get()
    extra = desk.deposit("redemption_payable", 5)
    row = {field.attname: getattr(one, field.attname) for field in one._meta.fields} | {
        "id": request_id(),
        "number": "SMUGGLED1",
        "source_owner": extra.owner,
        "amount_fen": 5,
    }
    Instruction.objects.create(**row)
    with pytest.raises(ApprovalNotUsable):
        requests.approve(request.id, checker=desk.checker, now=moment())
    untouched(desk, request)


def test_words_that_a_bank_would_balk_at_are_refused(desk):
    for wrong in (
        {"account_no": "12"}, {"account_no": "6222 0217"}, {"name": ""}, {"name": "a\nb"},
        {"bank_code": "123"}, {"name": "名" * 121},
    ):  # fmt: skip
        with pytest.raises(OutflowMalformed):
            Payee(**({"account_no": "6222021702", "name": "某人"} | wrong))
    source = desk.deposit("redemption_payable", 100_00)
    for wrong in ({"remark": "x" * 61}, {"remark": "a\x00"}, {"account": desk.income}):
        with pytest.raises(OutflowMalformed):
            desk.ask(Purpose.REDEMPTION, source=source, payee=PAYEE, **wrong)


def test_where_the_profile_demands_a_route_every_outflow_names_one(desk, monkeypatch):
    pboc = rule_book.by_name("PBOC")
    monkeypatch.setattr(profiles, "of_open_day", lambda pool: pboc)
    source = desk.deposit("redemption_payable", 100_00)
    for route in ("", "direct"):
        with pytest.raises(OutflowRouteWrong):
            desk.ask(Purpose.REDEMPTION, source=source, payee=PAYEE, route=route)
    routes = pboc.rule("R5").parameters["routes"]
    request = desk.ask(Purpose.REDEMPTION, source=source, payee=PAYEE, route=routes[0])
    assert request.route == routes[0]
    with pytest.raises(OutflowNotPermitted):
        desk.ask(
            Purpose.PRINCIPAL_SAFE_PLACEMENT, source=Ref(kind="placement", owner="x"),
            payee=PAYEE, route=routes[0],
        )  # fmt: skip


FORBIDDEN = [
    (name, purpose)
    for name in rule_book.NAMES
    for purpose in PURPOSES
    if not rule_book.by_name(name).permits(purpose)
]


@pytest.mark.parametrize(("profile", "purpose"), FORBIDDEN)
def test_what_a_pools_own_profile_forbids_is_refused_at_asking_by_sql_and_by_the_book(
    lasting_db, profile, purpose
):
    desk = Desk(profile=profile)
    source, payee = desk.wish(purpose)
    routes = rule_book.by_name(profile).rule("R5")
    route = routes.parameters["routes"][0] if routes else ""
    with pytest.raises(OutflowNotPermitted):
        desk.ask(purpose, source=source, payee=payee, route=route)
    code = next(
        event.code
        for event in EVENTS
        if event.purpose is purpose
        and source.kind in event.debits
        and "bank_out_in_transit" in event.credits
    )
    asked = SimpleNamespace(purpose=str(purpose), code=code)
    with pytest.raises(DatabaseError, match="purpose_is_permitted"):
        by_hand(desk, asked)
    posting = postings.of(
        code, desk.pool, request_id(), debit=source,
        credit=Ref(kind="bank_out_in_transit", owner="by hand"), amount_fen=1, event_at=NOW,
        approval_id=request_id(),
    )  # fmt: skip
    with pytest.raises(NotInHandbook), transaction.atomic():
        book.post([posting])
    assert not OutflowRequest.objects.filter(pool=desk.pool).exists()


def test_some_profile_forbids_something():
    assert ("PBOC", Purpose.PRINCIPAL_SAFE_PLACEMENT) in FORBIDDEN
