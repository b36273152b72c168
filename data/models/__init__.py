"""The words of the house as frozen pydantic models."""
