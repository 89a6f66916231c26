"""The shape of what customers type; product rules are in actions.py."""

from django import forms
from django.utils.translation import gettext_lazy as _

from invitations import codes


class SessionCodeForm(forms.Form):
    """The one field of the join page: 6, 8 or 9 digits, however they are grouped (U-01, U-03)."""

    code = forms.CharField(
        label=_("Session Code"),
        required=False,
        max_length=200,
        strip=True,
        error_messages={"max_length": _("The code must be numbers only: 6, 8 or 9 of them.")},
    )

    def clean_code(self) -> str:
        code = codes.normalise(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(_("Enter the session code."))
        if not (code.isascii() and code.isdigit()):
            raise forms.ValidationError(_("The code must be numbers only: 6, 8 or 9 of them."))
        if len(code) < min(codes.CODE_LENGTHS):
            raise forms.ValidationError(_("You've not entered enough numbers: the code must be 6, 8 or 9 numbers."))
        if len(code) > max(codes.CODE_LENGTHS):
            raise forms.ValidationError(_("You've entered too many numbers: the code must be 6, 8 or 9 numbers."))
        if len(code) not in codes.CODE_LENGTHS:
            raise forms.ValidationError(_("The code must be 6, 8 or 9 numbers; this one has %(n)s.") % {"n": len(code)})
        return code
