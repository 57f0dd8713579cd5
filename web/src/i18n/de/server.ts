/** The server's sentences about what went wrong, as docs/reference/errors.md lists them, and some that a cause adds. */

export const server: Readonly<Record<string, string>> = {
  // signing in
  "Wrong e-mail or password.": "E-Mail oder Passwort ist falsch.",
  "Check both; an admin can set a new password with `deskreel user add --reset`.":
    "Prüfen Sie beides; ein Administrator kann mit `deskreel user add --reset` ein neues Passwort setzen.",
  "This code is unknown, used or expired.": "Dieser Code ist unbekannt, verbraucht oder abgelaufen.",
  "Ask an admin for another one; a code is good for a day, once.":
    "Bitten Sie einen Administrator um einen neuen; ein Code gilt einen Tag lang und nur einmal.",
  "Not signed in.": "Nicht angemeldet.",
  "Sign in and try again.": "Melden Sie sich an und versuchen Sie es noch einmal.",
  "The CSRF token is missing or wrong.": "Das CSRF-Token fehlt oder ist falsch.",
  "Reload the page; clients send the value of the cookie deskreel_csrf in the header X-CSRF-Token.":
    "Laden Sie die Seite neu; Programme senden den Wert des Cookies deskreel_csrf im Kopf X-CSRF-Token.",
  "Too many attempts.": "Zu viele Versuche.",
  "Wait a minute and try again.": "Warten Sie eine Minute und versuchen Sie es noch einmal.",

  // watching live
  "Watching live is switched off for this agent.": "Die Live-Ansicht ist für diesen Agenten ausgeschaltet.",
  "An admin can switch it on in the recording settings (live_view); recordings are not concerned.":
    "Ein Administrator kann sie in den Aufnahmeeinstellungen einschalten (live_view); Aufnahmen sind davon nicht betroffen.",
  "This screen recording has ended.": "Diese Bildschirmaufnahme ist beendet.",
  "Open the call in Activities: it can be played there.": "Öffnen Sie das Gespräch unter Aktivitäten: Dort lässt es sich abspielen.",
  "Too many live views are open.": "Es sind zu viele Live-Ansichten offen.",
  "Close some of the live views that are open under your name; one left behind ends after a minute.":
    "Schließen Sie einige der Live-Ansichten, die unter Ihrem Namen offen sind; eine verlassene endet nach einer Minute.",
  "The gateway takes no more live views now.": "Das Gateway nimmt gerade keine weiteren Live-Ansichten an.",
  "Try again in a minute, or give the region more gateway processes (live_urls).":
    "Versuchen Sie es in einer Minute noch einmal, oder geben Sie der Region mehr Gateway-Prozesse (live_urls).",
  "The live connection cannot be made.": "Die Live-Verbindung kommt nicht zustande.",
  "The recording goes on. Run deskreel doctor to see which way of live view is open.":
    "Die Aufnahme geht weiter. deskreel doctor zeigt, welcher Weg der Live-Ansicht offen ist.",

  // in general
  "Not allowed.": "Nicht erlaubt.",
  "Ask an admin for the permission named in the detail.": "Bitten Sie einen Administrator um das genannte Recht.",
  "Not found.": "Nicht gefunden.",
  "Check the id; the thing may have been deleted, or you may lack the permission to see it.":
    "Prüfen Sie die Adresse; vielleicht wurde es gelöscht, oder Ihnen fehlt das Recht, es zu sehen.",
  "Conflict with what is stored.": "Das passt nicht zu dem, was gespeichert ist.",
  "Reload and try again.": "Laden Sie neu und versuchen Sie es noch einmal.",
  "Somebody else changed this meanwhile.": "Jemand anderes hat das inzwischen geändert.",
  "Load it again, look at what changed, and save once more.":
    "Laden Sie es neu, sehen Sie nach, was sich geändert hat, und speichern Sie noch einmal.",
  "The request is not valid.": "Die Eingabe ist nicht gültig.",
  "Compare the request with the reference; the field at fault is named in the detail.":
    "Das fehlerhafte Feld ist genannt; was erlaubt ist, steht in der Referenz.",
  "The body is too large.": "Das ist zu groß.",
  "Send less at once; the limit is in the detail.": "Senden Sie weniger auf einmal; die Grenze ist genannt.",
  "Something went wrong.": "Etwas ist schiefgegangen.",
  "Look into the server's log for the event named here.": "Sehen Sie im Protokoll des Servers nach dem Ereignis, das hier genannt ist.",
  "The database is not available.": "Die Datenbank ist nicht verfügbar.",
  "Check DESKREEL_DATABASE_URL and that PostgreSQL runs.": "Prüfen Sie DESKREEL_DATABASE_URL und ob PostgreSQL läuft.",
  "The object store is not available.": "Der Objektspeicher ist nicht verfügbar.",
  "Check DESKREEL_STORAGE_URL, free space and permissions; recorders keep their chunks and try again.":
    "Prüfen Sie DESKREEL_STORAGE_URL, freien Platz und Rechte; die Rekorder behalten, was sie haben, und versuchen es wieder.",
  "A setting is not valid.": "Eine Einstellung ist nicht gültig.",
  "See docs/reference/settings.md for the names and their meaning.": "Namen und Bedeutung stehen in docs/reference/settings.md.",

  // evaluations and forms
  "This evaluation is somebody else's.": "Diese Bewertung gehört jemand anderem.",
  "Only its evaluator can work on it; who assigns evaluations can give it to you.":
    "Nur wer sie vornimmt, kann daran arbeiten; wer Bewertungen zuweist, kann sie Ihnen geben.",
  "You cannot review this yourself.": "Das können Sie nicht selbst überprüfen.",
  "Somebody other than the evaluator and the agent must answer the dispute.":
    "Auf den Einspruch muss jemand antworten, der weder bewertet hat noch bewertet wurde.",
  "This agent is not enabled in Quality Management.": "Dieser Agent ist im Quality Management nicht eingeschaltet.",
  "An admin can enable them under Settings, Users.": "Ein Administrator kann das unter Einstellungen, Benutzer ändern.",
  "This evaluator has this call to evaluate already.": "Diese Person hat diesen Anruf schon zu bewerten.",
  "Open the evaluation that there is; its id is in `evaluation_id`.": "Öffnen Sie die Bewertung, die es schon gibt.",
  "The evaluation is in another state.": "Die Bewertung ist in einem anderen Zustand.",
  "Load it again: somebody has gone on with it meanwhile, or it was done already.":
    "Laden Sie sie neu: Jemand hat inzwischen weitergemacht, oder es war schon erledigt.",
  "This person cannot evaluate this call.": "Diese Person kann diesen Anruf nicht bewerten.",
  "Choose an active user who may evaluate, looks after the agent's team, and is not the agent.":
    "Wählen Sie einen aktiven Benutzer, der bewerten darf, das Team des Agenten betreut und nicht selbst der Agent ist.",
  "The form was published.": "Das Formular wurde veröffentlicht.",
  "Archive it: evaluations keep their version.": "Archivieren Sie es: Bewertungen behalten ihre Version.",
  "Nothing can be evaluated with this form.": "Mit diesem Formular kann nicht bewertet werden.",
  "Publish the form, or take it out of the archive, or choose another one.":
    "Veröffentlichen Sie es, holen Sie es aus dem Archiv oder wählen Sie ein anderes.",
  "The call of this evaluation was deleted.": "Der Anruf zu dieser Bewertung wurde gelöscht.",
  "It can no longer be evaluated; delete the evaluation.": "Er kann nicht mehr bewertet werden; löschen Sie die Bewertung.",
  "Quality Management is off.": "Quality Management ist ausgeschaltet.",
  "An admin can switch it on under Settings, Features; what was published before can still be read.":
    "Ein Administrator kann es unter Einstellungen, Funktionen einschalten; Veröffentlichtes bleibt lesbar.",
  "There is too much feedback.": "Es sind zu viele Rückmeldungen.",
  "Remove some of it first; the limit is in the detail.": "Entfernen Sie zuerst einige; die Grenze ist genannt.",
  "The evaluation is not complete.": "Die Bewertung ist nicht vollständig.",
  "The form cannot be published yet.": "Das Formular kann noch nicht veröffentlicht werden.",
  "Mend what `problems` lists, and publish again.": "Beheben Sie, was fehlt, und veröffentlichen Sie noch einmal.",

  // calls, recordings and filters
  "You have a saved filter of this name.": "Sie haben schon einen gespeicherten Filter dieses Namens.",
  "Choose another name, or change the filter that has it.": "Wählen Sie einen anderen Namen, oder ändern Sie den Filter, der ihn hat.",
  "It is not said which agent of the call is meant.": "Es ist nicht gesagt, welcher Agent des Anrufs gemeint ist.",
  "Send `agent_id`: one of those in `agents`.": "Wählen Sie einen der Agenten dieses Anrufs.",
  "No recorded call is up.": "Es läuft kein aufgezeichneter Anruf.",
  "A pause holds for a call; After Call Work ends with another status.":
    "Eine Pause gilt für einen Anruf; die Nachbearbeitung endet mit einem anderen Status.",
  "The telephony has paused the recording.": "Die Telefonie hat die Aufzeichnung angehalten.",
  "It goes on when the telephony resumes the call recording.": "Sie läuft weiter, sobald die Telefonie den Anruf wieder aufzeichnet.",

  "What is recorded of this call is in several media regions.": "Die Aufzeichnungen dieses Anrufs liegen in mehreren Medienregionen.",
  "Media does not leave its region, so it does not become one file; play it instead.":
    "Aufzeichnungen verlassen ihre Region nicht, darum wird daraus keine Datei; spielen Sie sie stattdessen ab.",
  "There is no such media region.": "Diese Medienregion gibt es nicht.",
  "Regions stand in the file that DESKREEL_REGIONS names; keep one as long as it holds recordings.":
    "Regionen stehen in der Datei, die DESKREEL_REGIONS nennt; eine bleibt, solange Aufzeichnungen in ihr liegen.",

  // settings
  "Another agent has this extension, interface or external id.": "Ein anderer Agent hat diese Nebenstelle, Schnittstelle oder externe Kennung.",
  "Take it from the other one first; within one telephony source each belongs to one agent.":
    "Nehmen Sie sie zuerst dem anderen; in einer Telefoniequelle gehört jede genau einem Agenten.",
  "This is the last active admin.": "Das ist der letzte aktive Administrator.",
  "Make another user an admin first.": "Machen Sie zuerst jemand anderen zum Administrator.",
  "Screen recording needs Quality Management.": "Die Bildschirmaufzeichnung braucht Quality Management.",
  "Switch on Quality Management first, or both at once; switch off screen recording before it.":
    "Schalten Sie zuerst Quality Management ein, oder beides zugleich; beim Ausschalten zuerst die Bildschirmaufzeichnung.",
  "Some of these users cannot be selected for screen recording.":
    "Einige dieser Benutzer können nicht für die Bildschirmaufzeichnung ausgewählt werden.",
  "`refused` names each of them and the reason.": "Zu jedem ist der Grund genannt.",
  "The file has errors; nothing was imported.": "Die Datei enthält Fehler; nichts wurde eingelesen.",
  "`errors` names each line and column; try again with a dry run until there are none.":
    "Zeile und Spalte sind genannt; prüfen Sie die Datei, bis keine mehr übrig sind.",
  "It is not said how agents are told that their screen is recorded.":
    "Es ist nicht gesagt, wie Agenten erfahren, dass ihr Bildschirm aufgezeichnet wird.",
  "Send `notice`: none, icon, banner or acknowledgement; the law of your place may ask for one.":
    "Wählen Sie, wie sie es erfahren; das Recht an Ihrem Ort kann es verlangen.",
  "This address is not allowed.": "Diese Adresse ist nicht erlaubt.",
  "Use a public address; DESKREEL_OUTGOING_PRIVATE=true lets private and loopback ones be used.":
    "Nehmen Sie eine öffentliche Adresse; mit DESKREEL_OUTGOING_PRIVATE=true sind auch private erlaubt.",
  "The other side did not answer.": "Die Gegenseite hat nicht geantwortet.",
  "Check the address, its certificate, and that this server may reach it.":
    "Prüfen Sie die Adresse, ihr Zertifikat und ob dieser Server sie erreichen darf.",
  "There is no request with this code.": "Es gibt keine Anfrage mit diesem Code.",
  "Compare it with the code on the desktop. A code lasts ten minutes; after that `deskreel recorder enroll` makes another.":
    "Vergleichen Sie ihn mit dem Code auf dem Desktop. Er gilt zehn Minuten; danach gibt `deskreel recorder enroll` einen neuen.",

  // what one cause adds
  "Write a comment of your own.": "Schreiben Sie einen eigenen Kommentar.",
  "Ask one of them.": "Bitten Sie darum.",
  "Shorten the comment, or write two.": "Kürzen Sie den Kommentar, oder schreiben Sie zwei.",
  "It may have been removed: reload.": "Vielleicht wurde er entfernt: Laden Sie neu.",
  "Remove one that you do not need.": "Entfernen Sie einen, den Sie nicht brauchen.",
  "Save it under a name of yours.": "Speichern Sie ihn unter einem eigenen Namen.",
  "Ask for it again.": "Fordern Sie ihn noch einmal an.",
  "Ask for a new code.": "Fordern Sie einen neuen Code an.",
  "Wait ten minutes and try again.": "Warten Sie zehn Minuten und versuchen Sie es noch einmal.",
  "Give them another team or role first.": "Geben Sie ihnen zuerst ein anderes Team oder eine andere Rolle.",
};
