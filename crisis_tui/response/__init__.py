"""Pure: what people do in an incident, as events to be recorded."""
