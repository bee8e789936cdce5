"""Our accounts at banks: what the banks' statements say of them, kept and continuous."""
