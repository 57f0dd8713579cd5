"""Names of the jobs, so that who defers one need not import what it does."""

RECONCILE_AGENT = "reconcile_agent"  # agent_id: work the session out anew (a deadline passed)
EXPUNGE = "expunge"  # screen_recording_id, windows: remove what may no longer exist
FINISH_RECORDING = "finish_recording"  # screen_recording_id: verify, assemble, coverage
PROCESS_AUDIO = "process_audio"  # call_recording_id: AAC HLS and waveform peaks
SWEEP = "sweep"  # periodic: whatever was missed
DISPATCH_EVENTS = "dispatch_events"  # give new status events their places, and a delivery for each endpoint
DELIVER_WEBHOOK = "deliver_webhook"  # delivery_id: one attempt
FETCH_AUDIO = "fetch_audio"  # call_recording_id: get it from its URL or the PBX's folder
MAKE_THUMBNAILS = "make_thumbnails"  # screen_recording_id: of a finished recording
MAKE_DOWNLOAD = "make_download"  # download_id: an interaction as one MP4
SAMPLE_CALLS = "sample_calls"  # periodic: sampling rules choose what is to be evaluated of the last week
SWEEP_MEDIA = "sweep_media"  # region: downloads whose day is over or whose job was lost, leavings of probes
