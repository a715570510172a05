"""For authors of plugins: a site to try a plugin in, a clock that stands still, a sink that remembers, alerts.

As a pytest plugin it offers the fixtures `forewarn_site`, `forewarn_clock`, `forewarn_sink` and `forewarn_alert`
wherever Forewarn is installed; the classes behind them work without pytest too.
"""

from forewarn.testing.alerts import alert
from forewarn.testing.sinks import RecordingSink
from forewarn.testing.sites import TrialSite

__all__ = ["RecordingSink", "TrialSite", "alert"]
