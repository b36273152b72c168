"""The background process: collects, scores and assesses; the store is its only way out."""
