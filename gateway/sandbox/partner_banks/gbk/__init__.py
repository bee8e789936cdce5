"""网银 XML 银行 as a process of its own."""
