"""Maintenance's working copy: jobs, reports, crews and tours as the journal tells of them."""

from __future__ import annotations

from collections.abc import Iterable

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.limits import REPORT_WINDOW_S
from stadtwerk.kernel.things import Things
from stadtwerk.systems.lighting.works.things import LIVE, Crew, Job, Planning, Report, Tour


class Works:
    """All work orders, reports, crews and tours; who asks for a lamp's jobs gets them without a search."""

    def __init__(self) -> None:
        self.jobs = Things("lighting.jobs", Job)
        self.reports = Things("lighting.reports", Report)
        self.crews = Things("lighting.crews", Crew)
        self.tours = Things("lighting.tours", Tour)
        self.plannings = Things("lighting.plannings", Planning)
        self.progress: dict[str, tuple[int, int]] = {}
        """Of a search that runs, by day: metres and jobs left out of the best plan so far; lost with the process."""

    def recall(self, documents: Iterable[Document]) -> None:
        """Take up what was decided before this start."""
        kept = list(documents)
        for things in (self.jobs, self.reports, self.crews, self.tours, self.plannings):
            things.recall(kept)

    def live_jobs(self) -> list[Job]:
        """Return the jobs somebody still has to do something for, the most urgent first."""
        return sorted((job for job in self.jobs if job.state in LIVE), key=lambda job: (job.due_at_us, job.number))

    def job_of(self, lamp: str) -> Job | None:
        """Return the job that will mend a lamp, if there is one."""
        return next((job for job in self.live_jobs() if lamp in job.lamps), None)

    def reports_of(self, lamp: str, now_us: int) -> list[Report]:
        """Return what was reported of a lamp within the window, oldest first."""
        since_us = now_us - REPORT_WINDOW_S * US
        return [one for one in self.reports if one.lamp == lamp and one.at_us > since_us]

    def next_job(self) -> int:
        """Return the number of the next job."""
        return max((job.number for job in self.jobs), default=0) + 1

    def next_report(self) -> int:
        """Return the number of the next report."""
        return max((report.number for report in self.reports), default=0) + 1
