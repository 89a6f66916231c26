from django.urls import path

from lens import views
from lens.recordings import views as recordings

app_name = "lens"
urlpatterns = [
    path("lens/<uuid:public_id>/", views.camera, name="camera"),
    path("recordings/<uuid:public_id>/<int:number>/", recordings.watch, name="recording"),
    path("recordings/<uuid:public_id>/<int:number>/download/", recordings.download, name="recording-download"),
]
