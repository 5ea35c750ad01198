"""Who may pass which doors, and when: access groups, schedules and holidays."""
