"""From passages to facts: units, dates, deadlines, themes, contacts."""
