/** Recording settings. */

export const recording = {
  recording: {
    title: "Recording settings",
    lead: "Set for the account; a team may differ from it, and an agent from their team. A recording that is under way keeps its maximum length.",
    level: "Settings of",
    levels: { account: "Account", team: "Team", agent: "Agent" },
    choose: { team: "Choose a team", agent: "Choose an agent" },
    chooseText: "You then see what holds for them, and where each value comes from.",
    setHere: "Set here",
    inherit: "Inherit again",
    inheritOf: "Inherit again: {{name}}",
    noLimit: "No limit",
    numberFault: "Enter a number from {{min}} to {{max}}.",
    from: {
      environment: "From the server's environment",
      account: "From the account",
      team: "From the team",
      agent: "Set here",
      above: "From the team or the account",
    },
    groups: { calls: "Calls", agents: "Towards agents", picture: "Picture", network: "Bandwidth" },
    units: { s: "s", min: "min", ms: "ms", "%": "%", fps: "per second", "kbit/s": "kbit/s" },
    unknown: { pause: "Pause", record: "Record" },
    monitors: { active: "The one in use", all: "All, side by side", primary: "The primary one" },
    fields: {
      percentage: { label: "Percentage of calls", text: "Of the agent's recorded calls." },
      acw: { label: "After Call Work", text: "Go on recording the screen after the call, without audio." },
      acw_timeout_s: { label: "After Call Work lasts at most", text: "It ends then, even if the agent's status stays." },
      max_length_minutes: { label: "Maximum length", text: "Of one screen recording." },
      on_unknown_pause: {
        label: "When the pause is unknown",
        text: "What to do while it is not known whether the call recording is paused, for instance after the telephony was lost.",
      },
      notice: { label: "Notice to agents", text: "How agents are told that their screen is recorded." },
      agent_may_pause: { label: "Agents may pause", text: "Agents pause and resume at their desktop; it is on the record." },
      agent_may_quit: {
        label: "Agents may quit",
        text: "Agents end the desktop program from its icon or window. What is missing then is listed with the recording.",
      },
      look_back_s: {
        label: "Look back",
        text: "While no call is recorded, desktops of recorded agents keep so many seconds of the screen in memory only, so that a call reported late is seen from its beginning. 0 keeps nothing.",
      },
      monitors: { label: "Monitors", text: "What is in the picture." },
      dwell_ms: { label: "Dwell", text: "The pointer stays this long on another monitor before the picture follows." },
      max_fps: { label: "Frame rate", text: "Frames per second at most; fewer when nothing changes." },
      canvas: { label: "Largest picture", text: "Larger screens are scaled into it." },
      max_kbps: { label: "Video bandwidth", text: "Of the video; empty means no cap." },
      upload_kbps: { label: "Upload bandwidth", text: "Of what waits on the desktop; empty means no limit." },
    },
  },
} as const;
