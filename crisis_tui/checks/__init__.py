"""What `doctor` looks at: one function a check, each with what is wrong and how to mend it."""
