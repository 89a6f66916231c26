"""What people type as a phone number: E.164 comes out, or a sentence for each mistake."""

import re

import phonenumbers
from django.utils.translation import gettext as _

from portals.errors import InvalidInput


def clean_phone(text: str) -> str:
    """Return one number in E.164, such as +4915123456789. Raises InvalidInput.

    Only the length of a country's numbers is judged: which of its ranges are in use changes faster than the library.
    """
    typed = text.strip()
    if not typed:
        raise _wrong(_("Write the phone number the text goes to."))
    if re.search(r"[\x00-\x1f\x7f]", typed):
        raise _wrong(_("A phone number cannot contain line breaks."))
    if re.search(r"[,;]", typed) or typed.count("+") > 1:
        raise _wrong(_("Write one number only."))
    if not typed.startswith(("+", "＋")):
        raise _wrong(_("Begin with + and the country code, like +49 151 23456789. A number without it may be abroad."))
    try:
        number = phonenumbers.parse(typed, None)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise _wrong(_("No country has this code. Check what follows the +.")) from None
        raise _wrong(_("This is not a phone number. It looks like +49 151 23456789.")) from None
    if number.extension:
        raise _wrong(_("A text cannot be sent to an extension. Write the number without it."))
    match phonenumbers.is_possible_number_with_reason(number):
        case phonenumbers.ValidationResult.IS_POSSIBLE:
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        case phonenumbers.ValidationResult.TOO_SHORT | phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            raise _wrong(_("This number is too short. Check that no digit is missing."))
        case phonenumbers.ValidationResult.TOO_LONG:
            raise _wrong(_("This number is too long. Check that no digit is there twice."))
    raise _wrong(_("This number has a wrong length for its country. Check it."))


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput({"phone": sentence})
