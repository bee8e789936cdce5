"""One load conversation, from open to proof or doubt, and the questions that end a doubt.

Every function takes the moment as `now`. The `prepare_*` halves talk to the vault and open no
transaction around it; the `commit_*` halves write rows inside the caller's transaction.
`take_proof` and `take_evidence` are both halves in a row. Locks: the transit card (when sealing
only), card application, load.
"""

from nfc_topup.loading.bare import (
    InitializeWish,
    challenge_of,
    credit_answers,
    initialize_wish,
)
from nfc_topup.loading.contradicting import FOLLOW
from nfc_topup.loading.keeping import PreparedEvidence
from nfc_topup.loading.locks import lock_card
from nfc_topup.loading.opening import abandon_stale, load_cap_fen, open_load
from nfc_topup.loading.proofs import verdict_on
from nfc_topup.loading.proving import (
    PreparedProof,
    commit_proof,
    mark_silent,
    prepare_proof,
    take_proof,
)
from nfc_topup.loading.resolving import (
    commit_evidence,
    open_evidence,
    prepare_evidence,
    take_evidence,
)
from nfc_topup.loading.sealing import (
    PreparedSeal,
    commit_seal,
    prepare_bare_seal,
    prepare_seal,
)
from nfc_topup.loading.showing import (
    PreparedShowing,
    Shown,
    commit_showing,
    open_showing,
    prepare_showing,
)
from nfc_topup.loading.values import Conversation, Seal, Verdict

__all__ = [
    "FOLLOW",
    "Conversation",
    "InitializeWish",
    "PreparedEvidence",
    "PreparedProof",
    "PreparedSeal",
    "PreparedShowing",
    "Seal",
    "Shown",
    "Verdict",
    "abandon_stale",
    "challenge_of",
    "commit_evidence",
    "commit_proof",
    "commit_seal",
    "commit_showing",
    "credit_answers",
    "initialize_wish",
    "load_cap_fen",
    "lock_card",
    "mark_silent",
    "open_evidence",
    "open_load",
    "open_showing",
    "prepare_bare_seal",
    "prepare_evidence",
    "prepare_proof",
    "prepare_seal",
    "prepare_showing",
    "take_evidence",
    "take_proof",
    "verdict_on",
]
