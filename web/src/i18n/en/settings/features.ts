/** Features, and how agents are told. */

export const features = {
  notice: {
    none: { label: "Nothing", text: "Agents see nothing. Check that the law of your place allows it." },
    icon: { label: "Icon", text: "An icon in the agent's system tray." },
    banner: { label: "Banner", text: "A banner on the screen while it is recorded." },
    acknowledgement: { label: "Confirmation", text: "Agents confirm once per shift before they are recorded." },
  },
  features: {
    title: "Features",
    lead: "What this account has switched on. A change acts at once, in mid call too.",
    captured: "What is captured",
    policies: "Policies",
    quality_management: { label: "Quality Management", text: "Evaluations of calls with forms. Screen recording needs it." },
    call_recording: { label: "Call recording", text: "Calls that the telephony records are taken in with their audio." },
    screen_recording: { label: "Screen recording", text: "The screens of selected agents are recorded during their recorded calls." },
    new_agents: {
      label: "Select new agents by themselves",
      text: "Agents are enabled and selected as soon as the telephony first names them. Handy for a trial.",
    },
    agents_see_own: { label: "Agents see their own calls", text: "Agents may watch their own recordings and read their published evaluations." },
    notice: {
      label: "How are agents told?",
      text: "Choose this before screen recording is first switched on. It can be changed later under Recording settings.",
    },
  },
} as const;
