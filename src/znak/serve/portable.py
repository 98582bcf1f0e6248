"""What stays the same between versions of this program, so that pending jobs survive an upgrade."""

from __future__ import annotations

from dbos import DBOSPortableJSONSerializer, WorkflowSerializationFormat

APPLICATION = "znak"
QUEUE = "znak-jobs"
WORKFLOW = "znak.job"
JOBS_VERSION = "jobs-1"
"""DBOS would hash the code instead, and leave the jobs of older code alone."""
SERIALIZER = DBOSPortableJSONSerializer()
FORMAT = WorkflowSerializationFormat.PORTABLE
