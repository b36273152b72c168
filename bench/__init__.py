"""The benchmark program: `python -m bench`. It prints ratios beside a baseline."""
