"""Days and times in German."""

DATE_FORMAT = "j. M Y"
TIME_FORMAT = "H:i:s"
DATETIME_FORMAT = "j. M Y, H:i:s"
SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y, H:i"
