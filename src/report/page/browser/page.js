import { copyOnClick } from './copy.js'
import { byId } from './element.js'
import { createFleet } from './fleet.js'
import { createHostPanel } from './host-panel.js'
import { showNames } from './tooltip.js'

const data = JSON.parse(byId('data').textContent)
document.documentElement.classList.add('with-script')
copyOnClick()
showNames(data)
createHostPanel(data, createFleet(data))
