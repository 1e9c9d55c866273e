"""Operations: jobs, mail, backup and restore, demo data."""
