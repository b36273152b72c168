"""The benchmark program: `python -m bench`. It prints ratios beside a baseline, never a verdict on a machine."""
