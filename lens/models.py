from lens.recordings.models import Recording, RecordingAnswer, RecordingFile
from lens.relay.models import MediaProcess, RelayPin

__all__ = ["MediaProcess", "Recording", "RecordingAnswer", "RecordingFile", "RelayPin"]
