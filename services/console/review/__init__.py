"""The supervisors' review: what people do with findings."""
