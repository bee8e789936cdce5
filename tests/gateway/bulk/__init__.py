"""Tests of enterprises that pay for their people."""
