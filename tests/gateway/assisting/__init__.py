"""Tests of clerks who act for citizens."""
