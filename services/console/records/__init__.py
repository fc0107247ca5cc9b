"""Records: the dossiers, people and systems behind the numbers of the dashboards."""
