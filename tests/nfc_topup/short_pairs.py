"""The vault process itself, but for pairs of 1024 bits: tests of rows and people make many.

What a pair of full length does is proven by test_custody_vaults, whose process is the house's own.
"""

import sys

from nfc_topup.vault import component_seal, pkcs11_custody, pkcs11_process

PAIR_BITS = 1024

if __name__ == "__main__":
    for module in (component_seal, pkcs11_custody):
        module.PAIR_BITS = PAIR_BITS  # type: ignore[attr-defined]
    sys.exit(pkcs11_process.main(int(sys.argv[1])))
