"""Workers: what runs an action. The only place that knows process pools."""
