"""银联: what acp 5.1.0 signs, says, pushes and files, as its gateway puts it on the wire."""
