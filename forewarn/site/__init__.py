"""Open a site: settings, plugins, workbooks and store, put together for the surfaces."""
