"""Schedules: any system's command at times of the city, by calendar, sun, timetable and interval."""
