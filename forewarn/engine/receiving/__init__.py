"""The steps that an alert takes on its way in, a module a step; `forewarn.engine.receive` puts them in order."""
