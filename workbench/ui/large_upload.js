// Sends a file in pieces, one after the other; a piece that does not arrive is sent again.

const views = new WeakMap()
const PATIENCE = 6 // times that one piece is sent

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000))
const megabytes = (bytes) => Math.round(bytes / 1e6).toLocaleString()

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name])
}

class Refused extends Error {}

async function ask(address, options) {
  const answer = await fetch(address, options)
  if (answer.status >= 400 && answer.status < 600) throw new Refused((await answer.text()).trim())
  return answer.json()
}

async function send(file, data, signal, tell) {
  const { id } = await ask(`${data.address}?size=${file.size}`, { method: "POST" }) // never cut off: its id is needed
  try {
    signal.throwIfAborted()
    let there = 0
    while (there < file.size) {
      there = await piece(`${data.address}/${id}?offset=${there}`, file.slice(there, there + data.piece), signal, tell)
      tell.sent(there)
    }
  } catch (problem) {
    fetch(`${data.address}/${id}`, { method: "DELETE", keepalive: true })
    throw problem
  }
  return id
}

async function piece(address, body, signal, tell) {
  for (let time = 1; ; time++) {
    try {
      return (await ask(address, { method: "PUT", body, signal })).there
    } catch (problem) {
      if (signal.aborted || problem instanceof Refused || time === PATIENCE) throw problem
      tell.lost()
      await pause(time)
    }
  }
}

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const root = parentElement.querySelector(".large-upload")
  const input = root.querySelector(".large-file")
  const state = root.querySelector(".large-state")
  const bar = root.querySelector(".large-bar")
  const cancel = root.querySelector(".large-cancel")
  const note = root.querySelector(".large-note")
  const view = views.get(root) ?? {}
  views.set(root, view)
  view.data = data
  view.setStateValue = setStateValue
  root.querySelector(".large-title").textContent = data.label
  cancel.textContent = data.words.cancel
  bar.setAttribute("aria-label", data.label)

  input.onchange = async () => {
    const file = input.files[0]
    if (!file) return
    view.sending?.abort()
    const sending = new AbortController()
    view.sending = sending
    view.setStateValue("file", null)
    const { words } = view.data
    const size = megabytes(file.size)
    const tell = {
      sent: (there) => {
        bar.value = there / file.size
        note.textContent = filled(words.sending, { name: file.name, done: megabytes(there), size })
      },
      lost: () => (note.textContent = words.lost),
    }
    state.hidden = false
    tell.sent(0)
    try {
      const id = await send(file, view.data, sending.signal, tell)
      note.textContent = filled(words.sent, { name: file.name, size })
      view.setStateValue("file", { id, name: file.name })
    } catch (problem) {
      if (view.sending !== sending) return // another file was chosen meanwhile
      note.textContent = sending.signal.aborted ? words.cancelled : problem instanceof Refused ? problem.message : words.failed
    }
    state.hidden = true
  }
  cancel.onclick = () => {
    view.sending?.abort()
    input.value = ""
  }
  return () => view.sending?.abort()
}
